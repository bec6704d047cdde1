//! Names in writing without spaces between words: where a name may begin and end has to be tried.
//!
//! Han: a family name of the lists with one or two characters after it; parts that published transliterations know,
//! side by side; foreign names round an interpunct. Hangul: a family name inside a word. Thai, Lao, Khmer, Burmese:
//! both sides of a space. The lists are the commonest family names (census publications of China and Korea).

use barid_names::script::Script;
use barid_names::tables::tables;

use super::finder::{Pass, Unit};
use super::index::{LONGEST_WHOLE, SHORTEST_WHOLE};
use super::words::{INTERPUNCT, SPACE, Word};

const CHINESE_FAMILY_NAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏\
    钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季\
    俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋\
    植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连\
    郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和";
const CHINESE_COMPOUND: &[&str] = &[
    "欧阳", "司马", "诸葛", "上官", "司徒", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "夏侯", "南宫",
    "端木", "宇文",
];
const KOREAN_FAMILY_NAMES: &str = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기\
     반왕금옥육인맹제모탁국어은편용리라림";
const KOREAN_COMPOUND: &[&str] = &["남궁", "황보", "선우", "제갈", "사공", "독고"];

/// Characters of a part of a foreign name in Han, and of one side of a space in Thai.
const LONGEST_HAN_PART: u32 = 8;
const LONG_HAN_PART: u32 = 3;
/// Characters between two interpuncts that may be of two names and a conjunction.
const SHORTEST_OF_TWO: u32 = 5;
const LONGEST_THAI_PART: u32 = 14;

impl Pass<'_> {
    /// Tries the places where a name may stand in a word that is a run of several.
    pub(super) fn unspaced(&mut self, at: usize) {
        let word = self.words[at];
        match word.script {
            Script::Han => {
                self.chinese_names(at);
                self.across(at, INTERPUNCT, 1..=LONGEST_HAN_PART);
            }
            Script::Hangul => self.korean_names(at),
            Script::Thai | Script::Lao | Script::Khmer | Script::Burmese => {
                self.across(at, SPACE, 3..=LONGEST_THAI_PART);
            }
            _ => {}
        }
    }

    fn chinese_names(&mut self, at: usize) {
        let word = self.words[at];
        let places = places(&word, self.text);
        let length = places.len() - 1;
        if self.knows_whole_names() {
            self.whole_names(at, &places);
        }
        for first in 0..length {
            let two = self.slice(&places, first, (first + 2).min(length));
            let compound = CHINESE_COMPOUND.iter().any(|name| folded(two).eq(name.chars()));
            let family = if compound { 2 } else { 1 };
            let listed = folded(two).next().is_some_and(|c| CHINESE_FAMILY_NAMES.contains(c));
            for given in 1..=2 {
                let end = first + family + given;
                if (compound || listed) && end <= length {
                    self.meet_pieces(at, &places, (first, first + family, end));
                }
            }
            // Parts that are known as they stand: Japanese names, and others without an interpunct.
            for middle in first + 1..(first + 4).min(length) {
                if !self.is_attested(&places, first, middle) {
                    continue;
                }
                for end in middle + 1..=(middle + 4).min(length) {
                    let tried = (compound || listed) && middle == first + family && end <= middle + 2;
                    if !tried && end - first > 2 && self.is_attested(&places, middle, end) {
                        self.meet_pieces(at, &places, (first, middle, end));
                    }
                }
            }
        }
    }

    /// Recorded names whose family name nobody can tell: as they stand.
    fn whole_names(&mut self, at: usize, places: &[(u32, u32)]) {
        let length = places.len() - 1;
        let characters: Vec<char> = folded(self.slice(places, 0, length)).collect();
        if characters.len() != length {
            return;
        }
        for first in 0..length {
            for end in first + SHORTEST_WHOLE..=(first + LONGEST_WHOLE).min(length) {
                if self.is_whole_name(&characters[first..end]) {
                    let unit = self.piece(at, places, first, end);
                    self.meet_whole(unit, &characters[first..end]);
                }
            }
        }
    }

    fn korean_names(&mut self, at: usize) {
        let word = self.words[at];
        let places = places(&word, self.text);
        let length = places.len() - 1;
        if !(3..=8).contains(&length) {
            return;
        }
        let two = self.slice(&places, 0, 2);
        let family = match two.chars().next() {
            _ if KOREAN_COMPOUND.contains(&two) => 2,
            Some(c) if KOREAN_FAMILY_NAMES.contains(c) => 1,
            _ => return,
        };
        self.meet_pieces(at, &places, (0, family, length));
    }

    /// Pairs the ends of a run with the beginnings of the next one, over what separates parts of a name.
    fn across(&mut self, at: usize, separator: u16, lengths: std::ops::RangeInclusive<u32>) {
        let Some(next) = self.words.get(at + 1).copied() else { return };
        let word = self.words[at];
        if next.script != word.script || next.gap != separator {
            return;
        }
        // Between two interpuncts a part is whole, if it is not the end of one name and the beginning of the next.
        let whole = |word: &Word| separator == INTERPUNCT && word.chars() < SHORTEST_OF_TWO;
        let whole_left = whole(&word) && word.gap == INTERPUNCT;
        let after = self.words.get(at + 2);
        let whole_right = whole(&next) && after.is_some_and(|w| w.gap == INTERPUNCT);
        let (left, right) = (places(&word, self.text), places(&next, self.text));
        let sizes = |whole: bool, length: usize| {
            let length = length as u32;
            let all = lengths.clone().filter(move |n| *n <= length);
            if whole { vec![length] } else { all.collect() }
        };
        let (at_left, at_right) = (left.len() - 1, right.len() - 1);
        // One character of a foreign name tells so little that the rest of it has to be long.
        let lone = |size: u32, length: usize, other: u32| {
            separator == INTERPUNCT && size == 1 && length > 1 && other < LONG_HAN_PART
        };
        for before in sizes(whole_left, at_left) {
            let from = at_left - before as usize;
            if !begins_cluster(self.slice(&left, from, at_left)) {
                continue;
            }
            let a = self.piece(at, &left, from, at_left);
            for behind in sizes(whole_right, at_right) {
                let to = behind as usize;
                if lone(behind, at_right, before) || lone(before, at_left, behind) {
                    continue;
                }
                if to < at_right && !begins_cluster(self.slice(&right, to, at_right)) {
                    continue;
                }
                let b = self.piece(at + 1, &right, 0, to);
                self.meet(a, b);
            }
        }
    }

    fn is_attested(&self, places: &[(u32, u32)], from: usize, to: usize) -> bool {
        let native: Vec<char> = folded(self.slice(places, from, to)).collect();
        !tables().attested(Script::Han, &native).is_empty()
    }

    fn meet_pieces(&mut self, at: usize, places: &[(u32, u32)], (first, middle, end): (usize, usize, usize)) {
        let a = self.piece(at, places, first, middle);
        let b = self.piece(at, places, middle, end);
        self.meet(a, b);
    }

    fn piece(&mut self, at: usize, places: &[(u32, u32)], from: usize, to: usize) -> Unit {
        let script = self.words[at].script;
        let known = self.known(script, &self.text[places[from].1 as usize..places[to].1 as usize]);
        Unit { known, first: at, last: at, start: places[from].0, end: places[to].0 }
    }

    fn slice(&self, places: &[(u32, u32)], from: usize, to: usize) -> &str {
        &self.text[places[from].1 as usize..places[to].1 as usize]
    }
}

/// Places between the characters of a word: in characters and in bytes, its end last.
fn places(word: &Word, text: &str) -> Vec<(u32, u32)> {
    let inside = word.text(text).char_indices();
    let all = inside.enumerate().map(|(n, (byte, _))| (word.start + n as u32, word.first_byte + byte as u32));
    all.chain([(word.end, word.last_byte)]).collect()
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    barid_names::letters::fold_native(text, Script::Han).into_iter()
}

/// Whether a text does not begin with a sign that belongs to the letter before it.
fn begins_cluster(text: &str) -> bool {
    !matches!(text.chars().next(), None
        | Some('\u{e30}'..='\u{e3a}' | '\u{e45}' | '\u{e47}'..='\u{e4e}' | '\u{eb0}'..='\u{ebc}' | '\u{ec8}'..='\u{ecd}'
        | '\u{17b6}'..='\u{17d3}' | '\u{102b}'..='\u{103e}'))
}
