//! Plots with logarithmic axes as SVG: curves of points, labelled where they end, with a grid at the powers of ten.

use std::fmt::Write as _;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 52.0;

/// A curve.
pub struct Curve<'a> {
    /// What it is called where it ends.
    pub label: &'a str,
    /// Its colour.
    pub colour: &'a str,
    /// Whether it is what is compared with, and not measured.
    pub is_guide: bool,
    /// Its points; both coordinates above 0.
    pub points: Vec<(f64, f64)>,
}

/// A plot.
pub struct Plot<'a> {
    /// What it shows.
    pub title: &'a str,
    /// What stands along, with its unit.
    pub along: &'a str,
    /// What stands upwards, with its unit.
    pub upwards: &'a str,
    /// The curves.
    pub curves: Vec<Curve<'a>>,
}

/// A span of powers of ten.
struct Span {
    low: i32,
    high: i32,
}

impl Span {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .map(f64::log10)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let low = (low + 1e-9).floor() as i32;
        Self { low, high: ((high - 1e-9).ceil() as i32).max(low + 1) }
    }

    fn share(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low)
    }
}

/// Writes plots side by side.
pub fn to_svg(plots: &[Plot<'_>]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{HEIGHT}\" viewBox=\"0 0 {0} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{HEIGHT}\" fill=\"white\"/>\n",
        WIDTH * plots.len() as f64,
    );
    for (number, plot) in plots.iter().enumerate() {
        let _ = writeln!(svg, "<g transform=\"translate({} 0)\">", WIDTH * number as f64);
        draw(&mut svg, plot);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, plot: &Plot<'_>) {
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let across = Span::of(points().map(|point| point.0));
    let up = Span::of(points().map(|point| point.1));
    let x = |value: f64| LEFT + across.share(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - up.share(value) * (HEIGHT - TOP - BOTTOM);
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for power in across.low..=across.high {
        let (at, label) = (x(10f64.powi(power)), round_number(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {TOP}V{bottom:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
    for power in up.low..=up.high {
        let (at, label) = (y(10f64.powi(power)), round_number(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{right:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    let (middle, half) = ((LEFT + right) / 2.0, (TOP + bottom) / 2.0);
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"24\" font-size=\"14\" font-weight=\"bold\">{}</text>\n\
         <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
         <text transform=\"translate(16 {half:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        plot.title,
        HEIGHT - 12.0,
        plot.along,
        plot.upwards
    );
    let mut taken: Vec<f64> = Vec::new();
    for curve in &plot.curves {
        let path: Vec<String> = curve
            .points
            .iter()
            .map(|(along, upwards)| format!("{:.1} {:.1}", x(*along), y(*upwards)))
            .collect();
        let dashes = if curve.is_guide { " stroke-dasharray=\"5 4\"" } else { "" };
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{dashes}/>",
            path.join("L"),
            curve.colour
        );
        if !curve.is_guide {
            for (along, upwards) in &curve.points {
                let (x, y) = (x(*along), y(*upwards));
                let _ =
                    writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\"/>", curve.colour);
            }
        }
        let Some((along, upwards)) = curve.points.last() else { continue };
        // Labels keep a line's height from each other.
        let mut at = y(*upwards) + 4.0;
        while taken.iter().any(|other| (other - at).abs() < 14.0) {
            at += 2.0;
        }
        taken.push(at);
        let (x, colour) = (x(*along) + 8.0, curve.colour);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{at:.1}\" fill=\"{colour}\">{}</text>", curve.label);
    }
}

/// A power of ten as people write it.
fn round_number(power: i32) -> String {
    match power {
        6.. => format!("{} M", 10u64.pow(power.unsigned_abs() - 6)),
        3..6 => format!("{} k", 10u64.pow(power.unsigned_abs() - 3)),
        0..3 => 10u64.pow(power.unsigned_abs()).to_string(),
        _ => format!("{:.*}", power.unsigned_abs() as usize, 10f64.powi(power)),
    }
}
