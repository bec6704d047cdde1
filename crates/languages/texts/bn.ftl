# Bengali / বাংলা
# This translation is machine-made and unreviewed: nobody who speaks the language has read it yet.
# The English file, en.ftl, is the one that counts.

searched-as-name = নাম হিসেবে খোঁজা হয়েছে
searched-as-number = নথির নম্বর হিসেবে খোঁজা হয়েছে
searched-as-zone = যন্ত্রপাঠ্য অংশ হিসেবে খোঁজা হয়েছে
no-candidate = কোনো মিল নেই। যে তালিকা এখানে নেই সে সম্পর্কে এটি কিছু বলে না।
remark = মন্তব্য: { $remark }
compare = মিলিয়ে দেখুন
weak = দুর্বল
exercise = অনুশীলন
candidate-is = তথ্য, ব্যবস্থা নেওয়ার আদেশ নয়; রেকর্ড { $record }
access = প্রবেশ { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = একই
relation-romanisation = প্রতিবর্ণীকরণ
relation-slip = লেখার ভুল
relation-initial = আদ্যক্ষর
relation-joined = যুক্ত
relation-split = বিভক্ত
relation-asked-only = শুধু প্রশ্নে
relation-recorded-only = শুধু রেকর্ডে
born-same-day = জন্ম: একই দিন { $weight }
born-possible = জন্ম: সম্ভবত একই দিন { $weight }
born-swapped = জন্ম: দিন ও মাস অদলবদল { $weight }
born-year = জন্ম: শুধু বছর মেলে { $weight }
born-near = জন্ম: ভুলের মতোই অল্প পার্থক্য { $weight }
born-differs = জন্ম: { $years ->
    [one] { $years } বছর
   *[other] { $years } বছর
} পার্থক্য, সম্ভবত সমনামী { $weight }
nationality-agrees = জাতীয়তা: মেলে { $weight }
nationality-differs = জাতীয়তা: ভিন্ন { $weight }
sex-agrees = লিঙ্গ: মেলে { $weight }
sex-differs = লিঙ্গ: ভিন্ন { $weight }
number-same = নম্বর: { $kind } { $number }, { $country }
number-other-country = নম্বর: { $kind } { $number }, কিন্তু ইস্যুকারী দেশ { $country }, যে দেশ চাওয়া হয়েছে তা নয়
number-no-country = নম্বর: { $kind } { $number }, ইস্যুকারী দেশ নথিভুক্ত নয়
reference-same = সূত্র: { $number } ({ $source })

nothing-for-purpose = এই উদ্দেশ্যে এই সংস্থা দেখতে পারে এমন কিছু এখানে নেই।
nothing-there = এই সংস্থা দেখতে পারে এমন কিছু এখানে নেই।
opened-record = রেকর্ড { $record }, সংস্করণ { $version }
opened-holder = ডেটাবেস { $database }, মালিক { $owner } ({ $custody })
opened-terms = শর্ত: { $terms }, মান { $grade }, পর্যালোচনা { $review } এর মধ্যে
opened-document = নথি { $kind } { $number }, { $country }: { $fraud }
opened-name = নাম: { $name } ({ $kind })
opened-born = জন্ম: { $date }
opened-country = জাতীয়তা: { $country }
opened-holds = ধারণ করেন: { $kind } { $number }
opened-status = অবস্থা: { $status }
opened-remark = টীকা: { $remark }
opened-entry = ভুক্তি { $entry }
opened-stands = স্থান: { $stream }, নম্বর { $number }
opened-access = প্রবেশ { $access }
information-no-action = তথ্য, ব্যবস্থা নেওয়ার আদেশ নয়।

holds = সঠিক
does-not-hold = সঠিক নয়: { $why }
as-pinned = যেমন স্থির করা আছে
not-pinned = স্থির করা নেই: কার তা জানতে --genesis দিন
proven-association = সংঘ { $association } ({ $pinned })
proven-stream = ধারা { $stream }, নম্বর { $number }
proven-ledger = খাতা: { $count ->
    [one] { $count }টি ভুক্তি
   *[other] { $count }টি ভুক্তি
}, মূল { $root }
proven-registry = নিবন্ধন: { $count }টি বিবৃতি, সর্বশেষ { $newest }
head-attested = নিবন্ধনের শীর্ষ এই প্রমাণের জন্য { $at } এ প্রত্যয়িত
head-not-attested = নিবন্ধনের শীর্ষ প্রত্যয়িত নয়: নতুন বিবৃতি বাদ থাকতে পারে
proven-entry = ভুক্তি { $entry }

backup-made = ব্যাকআপ { $place } (ফাইল: { $files }, বাইট: { $bytes })
backup-keys = চাবি { $place } - আলাদা রাখুন: এগুলো দিয়ে ব্যাকআপ পড়া যায়
restored = { $place } এ পুনরুদ্ধার হয়েছে, অবতার { $incarnation }
examined = পরীক্ষিত { $count } { $what }
doctor-note = মন্তব্য { $place }: { $what }
doctor-fault = ত্রুটি { $place }: [{ $code }] { $what }
doctor-to-do = করণীয়: { $what }
sound = ঠিক আছে
not-sound = ঠিক নেই

import-counts = যোগ { $added }, সংশোধিত { $revised }, নবায়িত { $renewed }, অপরিবর্তিত { $unchanged }, প্রত্যাহৃত { $withdrawn }, প্রত্যাখ্যাত { $refused }, ডেটাবেস নেই { $beyond }
import-broken-off = থেমে গেছে: { $why }. যা পড়া হয়েছে তা থাকবে; ফাইল ঠিক করে আবার আমদানি করুন।
import-held-back = কিছু প্রত্যাহার হয়নি, কারণ: { $why }.
import-withdrawals-held = withdrawals-held: { $held }টি রেকর্ড বাদ পড়েছে, যা ছিল তার এক-পঞ্চমাংশের বেশি। সেগুলো থাকছে। তালিকা দেখুন; একই আমদানি --confirm-withdrawals { $held } দিয়ে সেগুলো প্রত্যাহার করে।
import-rows = প্রতিবেদনের { $count ->
    [one] { $count }টি সারি
   *[other] { $count }টি সারি
}; --report FILE সেগুলো লেখে
import-progress = { $rows }টি সারি, { $kib } KiB

demo-list = জাতিসংঘ নিরাপত্তা পরিষদের তালিকা, 2026-02-27, সূত্র হিসেবে রাখা:
demo-samples = চেষ্টা করার মতো অনুসন্ধান, উত্তরসহ:
demo-address = API { $url } এ উত্তর দেয়
demo-tokens-earlier = টোকেন প্রথম শুরুতে দেখানো হয়েছিল; `barid admin token issue` নতুন বানায়।
demo-tokens = অনুশীলন ব্যুরোর কর্মকর্তাদের টোকেন, শুধু এবারই দেখানো হলো:
demo-try = অন্য টার্মিনাল থেকে চেষ্টা করুন:
demo-stop = থামাতে Ctrl-C।
script-latin = লাতিন
script-cyrillic = সিরিলিক
script-arabic = আরবি
script-persian = ফারসি
script-hindi = হিন্দি
script-bengali = বাংলা
script-chinese = চীনা
script-nobody = কেউ নয়
check-round = পর্ব { $round }: সার্ভার { $seconds } সে. পরে উত্তর দিয়েছে
check-miss = ব্যর্থ, পর্ব { $round }: { $typed } প্রত্যাশিত { $wanted }, পাওয়া { $got }
check-counts = সফল { $passed }, ব্যর্থ { $failed }

genesis = প্রতিষ্ঠা { $fingerprint }
token-issued = { $organisation } এর { $officer } এর টোকেন, { $until } পর্যন্ত বৈধ, শুধু এবারই দেখানো হলো:
token-until = { $day } পর্যন্ত
token-ended = শেষ { $day }
token-used = ব্যবহৃত { $day }
token-never-used = কখনো ব্যবহৃত হয়নি
token-revoked = ফিরিয়ে নেওয়া হয়েছে: { $organisation } এর { $officer } এর টোকেন
token-unknown = এই পরিচয়ের টোকেন নেই; `barid admin token list` সেগুলো দেখায়।
founded = প্রতিষ্ঠিত। প্রতিষ্ঠা { $genesis }: সবাইকে জানান
first-tokens = প্রথম কর্মকর্তাদের টোকেন, শুধু এবারই দেখানো হলো:
organisation-added = { $organisation } যোগ হয়েছে; নোড পরের শুরু থেকে এটিকে চিনবে
organisation-suspended = { $organisation } স্থগিত হয়েছে; নোড পরের শুরু থেকে তা জানবে
organisation-readmitted = { $organisation } আবার যোগ দিয়েছে; নোড পরের শুরু থেকে তা জানবে
draft-hash = খসড়া { $hash }
draft-next = এখনো কিছু ঘোষিত হয়নি। যারা নিজেদের চাবি রাখেন তাদের ফাইলটি পাঠান, আর এই হ্যাশ অন্য পথে জানান।
draft-founds = প্রতিষ্ঠা: { $names }
draft-threshold = { $founders } প্রতিষ্ঠাতার মধ্যে { $threshold } জনকে স্বাক্ষর করতে হবে
draft-founder = প্রতিষ্ঠাতা { $organisation }, চাবি: { $custody }
draft-organisation = সংস্থা { $organisation }, চাবি: { $custody }
draft-key = { $organisation } এর চাবি ({ $usage }): { $key }
sign-nothing = কিছু স্বাক্ষরিত হয়নি: --key, --out এবং জানানো --hash দিন।
signed-into = { $place } এ স্বাক্ষরিত
public-key = প্রকাশ্য চাবি { $key }

eval-refused = সংগ্রহের { $count ->
    [one] { $count }টি সারি
   *[other] { $count }টি সারি
} পড়া যায়নি
eval-done = { $names }টি নাম { $build } সে. এ, { $queries }টি প্রশ্ন { $seconds } সে. এ ({ $rate }/সে.), সূচি { $size } MiB
because = কারণ: { $why }

remedy-bytes-changed = সংরক্ষিত বাইট বদলে গেছে। এই যন্ত্রের ডিস্ক ও মেমোরি পরীক্ষা করুন, তারপর শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন; এটি রেখে দিন।
remedy-order-changed = একটি ধারার ক্রম বদলে গেছে, যা কোনো ক্র্যাশে হয় না। সবার আগে এই ডিরেক্টরির একটি কপি প্রমাণ হিসেবে সরিয়ে রাখুন, সচিবালয়কে জানান, তারপর শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন।
remedy-proofs-fail = সেখানকার প্রমাণ ব্যর্থ হবে; রেকর্ড ও অনুসন্ধান ঠিক আছে। শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন, অথবা কাজ চালিয়ে যান এবং সময় হলে পুনরুদ্ধার করুন।
remedy-bytes-missing = এমন বাইট নেই যা কেউ মোছেনি। শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন; এটি রেখে দিন।
remedy-journal-damaged = কে কী খুঁজেছে তার লাইন নষ্ট বা হারিয়ে গেছে। এই ডিরেক্টরির একটি কপি প্রমাণ হিসেবে সরিয়ে রাখুন, সচিবালয়কে জানান, তারপর শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন।
remedy-record-dangling = একটি রেকর্ড কোথাও নির্দেশ করে না। শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন।
remedy-file-damaged = একটি ফাইল নষ্ট। ডিস্ক পরীক্ষা করুন (তার ত্রুটির লগ, খালি জায়গা), তারপর শেষ ব্যাকআপটি নতুন ডিরেক্টরিতে পুনরুদ্ধার করুন।
remedy-file-unreadable = একটি ফাইল পড়া যায় না। দেখুন সেটি আছে কি না এবং যে ব্যবহারকারী প্রোগ্রাম চালায় তার কি না।
remedy-key-missing = মূল চাবি ছাড়া কিছুই খোলে না। শেষ ব্যাকআপের চাবি থেকে সেটি ফিরিয়ে রাখুন, অথবা BARID_MASTER_KEY-তে তার জায়গা জানান।
remedy-key-exposed = অন্যরা মূল চাবি পড়তে পারত। তাতে chmod 600 চালান এবং কার প্রবেশাধিকার ছিল তা বের করুন।
remedy-key-wrong = এটি এই ডিরেক্টরির মূল চাবি নয়। এই নোডের কোনো ব্যাকআপের চাবি থেকে সঠিকটি জায়গায় রাখুন।
remedy-directory-in-use = প্রোগ্রামটি এই ডিরেক্টরিতে চলছে। সেটি থামান, তারপর আবার জিজ্ঞাসা করুন।
remedy-directory-not-data = এটি ডেটা ডিরেক্টরি নয়। --data-dir এর পরের পথটি দেখুন।
remedy-directory-of-another-version = প্রোগ্রামের অন্য সংস্করণ এই ডিরেক্টরি তৈরি করেছে। সেই সংস্করণ বা আরও নতুন একটি ব্যবহার করুন।
remedy-unknown = এই ডিরেক্টরির একটি কপি রাখুন, এবং এই প্রতিবেদন নিয়ে সাহায্য চান।

problem-json-malformed = অনুরোধের মূল অংশ JSON নয়।
problem-body-unreadable = মূল অংশ শেষ পর্যন্ত পড়া যায়নি।
problem-idempotency-key-missing = লেখার জন্য Idempotency-Key হেডার লাগে: ক্লায়েন্টের বাছা UUID।
problem-idempotency-key-malformed = Idempotency-Key হেডারটি UUID নয়।
problem-path-malformed = পথের পরিচয়টি UUID নয়।
problem-unauthenticated = বৈধ টোকেন লাগবে।
problem-organisation-not-active = সংস্থাটি এখন সংঘে অংশ নেয় না।
problem-not-entitled = এই ধরনের সংস্থা এটি করতে পারে না।
problem-purpose-not-allowed = উদ্দেশ্য এটি অনুমোদন করে না।
problem-no-such-resource = এই পথে কিছু নেই।
problem-method-not-allowed = এই পথ এই পদ্ধতি নেয় না; Allow হেডার দেখুন।
problem-request-too-slow = মূল অংশ আসতে খুব বেশি সময় লেগেছে।
problem-record-faulty = অনুরোধ বর্ণনার সঙ্গে মেলে, কিন্তু নিজের, রেকর্ডের বা তারিখের সঙ্গে বিরোধী।
problem-query-malformed = প্রশ্নে খোঁজার মতো কিছু নেই।
problem-idempotency-key-reused = এই চাবি অন্য অনুরোধে ব্যবহৃত হয়েছে।
problem-batch-refused = নথিগুলো একটি গুচ্ছ হয় না।
problem-entry-too-large = রেকর্ড অনুমোদিত আকারের চেয়ে বড়।
problem-body-too-large = মূল অংশ এই কাজের সীমার চেয়ে বড়।
problem-media-type = মূল অংশ application/json হতে হবে।
problem-body-faulty = মূল অংশ বর্ণনার সঙ্গে মেলে না; ত্রুটিগুলো দেখুন।
problem-internal = বিনিময় ব্যর্থ হয়েছে; কিছু লেখা হয়েছে বলে জানা নেই।
problem-not-ready = নোড প্রস্তুত নয়।
problem-busy = নোডের কাজ অনেক বেশি; আবার চেষ্টা করুন।
problem-outcome-unknown = লেখা হয়েছে কি না অনিশ্চিত: একই চাবি দিয়ে জিজ্ঞাসা করুন।
problem-no-key = এই নোডে সংস্থার চাবি নেই।

code-database-persons = ব্যক্তি
code-database-travel-documents = ভ্রমণ নথি
code-purpose-criminal-investigation = ফৌজদারি তদন্ত
code-purpose-counter-terrorism = সন্ত্রাস দমন
code-purpose-border-control = সীমান্ত নিয়ন্ত্রণ
code-purpose-human-trafficking = মানব পাচার
code-purpose-drug-trafficking = মাদক পাচার
code-purpose-humanitarian = মানবিক
code-purpose-sanctions = নিষেধাজ্ঞা
code-purpose-financial-crime = আর্থিক অপরাধ
code-purpose-cybercrime = সাইবার অপরাধ
code-purpose-oversight = তদারকি
code-purpose-exercise = অনুশীলন
code-name-kind-primary = প্রধান
code-name-kind-birth = জন্মকালীন
code-name-kind-alias = উপনাম
code-name-kind-maiden = বিয়ের আগের
code-name-kind-patronymic = পিতৃনাম
code-name-kind-known-as = এই নামে পরিচিত
code-name-kind-former = আগের
code-name-kind-original-script = মূল লিপিতে
code-alias-strength-strong = জোরালো
code-alias-strength-weak = দুর্বল
code-person-status-wanted = ওয়ান্টেড
code-person-status-missing = নিখোঁজ
code-person-status-victim = ভুক্তভোগী
code-person-status-witness = সাক্ষী
code-person-status-possible-threat = সম্ভাব্য হুমকি
code-person-status-dead = মৃত
code-person-status-unidentified-dead = অজ্ঞাত মৃত
code-person-status-unidentified = অজ্ঞাত
code-person-status-suspect = সন্দেহভাজন
code-person-status-convicted = দণ্ডিত
code-person-status-listed = তালিকাভুক্ত
code-document-type-passport = পাসপোর্ট
code-document-type-identity-card = পরিচয়পত্র
code-document-type-visa = ভিসা
code-document-type-residence-permit = বসবাসের অনুমতি
code-document-type-refugee-travel-document = শরণার্থী ভ্রমণ নথি
code-document-type-diplomatic-passport = কূটনৈতিক পাসপোর্ট
code-document-type-service-passport = সেবা পাসপোর্ট
code-document-type-stateless-travel-document = রাষ্ট্রহীনের ভ্রমণ নথি
code-document-type-emergency-travel-document = জরুরি ভ্রমণ নথি
code-document-type-seafarer-document = নাবিকের নথি
code-document-type-crew-certificate = ক্রু সনদ
code-document-type-driving-licence = চালকের লাইসেন্স
code-document-type-national-number = জাতীয় নম্বর
code-document-type-birth-certificate = জন্ম সনদ
code-document-type-service-identity = সেবা পরিচয়
code-document-type-tax-number = কর নম্বর
code-document-type-other = অন্যান্য
code-fraud-type-stolen = চুরি
code-fraud-type-lost = হারানো
code-fraud-type-stolen-blank = চুরি যাওয়া ফাঁকা
code-fraud-type-invalid = অবৈধ
code-fraud-type-revoked = বাতিল
code-classification-official-use = দাপ্তরিক ব্যবহার
code-classification-restricted = সীমিত
code-classification-confidential = গোপনীয়
