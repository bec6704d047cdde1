//! Words that are no part of anybody's name: function words, weekdays, months, in the languages most read.
//!
//! A short list that spares lookups and false finds; compared as written, since folding may make a name of them (`على`,
//! on, and `علي`). Words that are also names are left out.

use std::collections::HashSet;
use std::sync::OnceLock;

use barid_names::script::Script;

/// Whether a word, as it stands in the text, is one of them.
pub(super) fn is_stop_word(script: Script, word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| LISTS.iter().flat_map(|list| list.split_whitespace()).collect());
    match script {
        Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian => {
            words.contains(word.to_lowercase().as_str())
        }
        _ => words.contains(word),
    }
}

const LISTS: &[&str] = &[
    // English
    "the and for with from that this was were has had have not but his her their they said according after before \
     when who which into over under about police minister president court on in at by of to as is are it \
     monday tuesday wednesday thursday friday saturday sunday january february march july \
     september october november december yesterday today tomorrow however meanwhile also earlier later",
    // French, Spanish, German
    "les des une dans pour avec sur par est sont selon après lundi mardi mercredi jeudi vendredi samedi dimanche los \
     las una por para con según sin sobre lunes martes miércoles jueves viernes sábado und der die das ein \
     eine mit von nach bei ist nicht laut montag dienstag mittwoch donnerstag samstag",
    // Turkish, Kazakh in Latin letters, Uzbek
    "ve ile bir bu için olan olarak göre sonra önce polis dün bugün pazartesi salı çarşamba perşembe cumartesi \
     pazar ancak daha da de bilan uchun edi kecha bugun",
    // Russian, Ukrainian, Bulgarian, Serbian
    "в на по из от до за при об со ко не но а и или что как его ее их это эта этот тот та те был была были быть по \
     после перед между также однако ранее вчера сегодня завтра понедельник вторник среду среда четверг пятницу \
     пятница субботу суббота воскресенье понеделник вторник сряда четвъртък петък събота неделя за від до про та але \
     або що як його її їх це був була були після також однак раніше вчора сьогодні завтра понеділок вівторок середу \
     середа четвер п'ятницю п’ятницю п'ятниця суботу субота неділю неділя според след преди полиция полицията \
     министр президент суд словам данным сообщению информации за словами поліція поліції міністр",
    // Kazakh, Kyrgyz
    "және үшін бойынша деп бұл кеше бүгін полиция жана менен үчүн боюнча кечээ бүгүн",
    // Greek
    "και το τα τη την του της των τον στο στη στην στον στους στις με για από που ότι δεν θα να σε ένα μια ήταν είναι \
     χθες σήμερα αύριο σύμφωνα δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή αστυνομία",
    // Armenian
    "և որ է են եւ ըստ երեկ այսօր համար հետ մասին այդ այս",
    // Arabic
    "في من على إلى الى عن أن ان إن أنه انه كان كانت قد وقد هذا هذه ذلك التي الذي الذين مع بعد قبل بين كما حيث لم لا ما \
     هو هي أو او ثم حتى عند منذ خلال أمس امس اليوم غدا وكان وكانت وقال وقالت قال قالت الشرطة الوزير الرئيس وفي ومن \
     يوم الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد المحكمة",
    // Persian, Urdu, Pashto
    "و در از به با که این آن را است بود شد برای تا بر یک هم نیز گفت کرد می های پس روز دیروز امروز فردا پلیس شده خود او \
     دوشنبه سه‌شنبه چهارشنبه پنجشنبه یکشنبه وی کے کا کی کو نے میں سے پر اور ہے ہیں تھا تھی کہ یہ وہ بھی \
     ایک اس ان کر کیا گیا لیے ساتھ کل آج پولیس مطابق نہیں ہو بعد",
    // Hebrew
    "של את על עם הוא היא לא כי גם זה זו אל או אם בין לאחר לפי אמר אמרה היה הייתה אתמול היום מחר יום שני שלישי רביעי \
     חמישי שישי שבת המשטרה משטרה הגיע נעצר",
    // Hindi, Marathi, Nepali
    "के का की को ने में से पर और है हैं था थी थे कि यह वह भी एक इस उस कर किया गया गई लिए साथ बाद पहले कहा बताया पुलिस \
     अनुसार सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार कल आज नहीं हो जो तो आणि आहे होते होता यांनी म्हणाले \
     र छ छन् थियो भने पनि",
    // Bengali, Assamese
    "এবং ও এই সেই যে তার তাঁর তিনি করে করা করেন হয় হয়েছে থেকে জন্য সঙ্গে সাথে কথা বলেন বলে পরে আগে একটি এক না কিন্তু \
     গতকাল আজ পুলিশ জানিয়েছে জানান বিরুদ্ধে মধ্যে নিয়ে এর কে র সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার শনিবার \
     রবিবার অনুযায়ী",
    // Tamil, Telugu, Gujarati, Punjabi, Malayalam, Kannada
    "மற்றும் என்று ஒரு இந்த அந்த அவர் என போலீஸ் காவல் మరియు ఒక ఈ ఆ అని પોલીસ અને છે કે આ તે ਅਤੇ ਦੇ ਦਾ ਦੀ ਨੂੰ ਨੇ ਵਿੱਚ ਹੈ \
     ഒരു എന്ന ഈ ಮತ್ತು ಒಂದು ಈ",
    // Georgian
    "და რომ არ ეს ის იყო მას მისი გუშინ დღეს ხვალ პოლიცია პოლიციის მიერ შესახებ შემდეგ ორშაბათს სამშაბათს ოთხშაბათს \
     ხუთშაბათს პარასკევს შაბათს კვირას ცნობით",
    // Korean
    "것 등 및 또 그는 그녀는 그리고 하지만 경찰 경찰은 경찰에 따르면 어제 오늘 내일 지난 월요일 화요일 수요일 목요일 \
     금요일 토요일 일요일 밝혔다 말했다 대한 위해 있는 있다",
];
