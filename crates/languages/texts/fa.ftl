# Persian / فارسی
# This translation is machine-made and unreviewed: nobody who speaks the language has read it yet.
# The English file, en.ftl, is the one that counts.

searched-as-name = به‌عنوان نام جست‌وجو شد
searched-as-number = به‌عنوان شمارهٔ سند جست‌وجو شد
searched-as-zone = به‌عنوان ناحیهٔ ماشین‌خوان جست‌وجو شد
no-candidate = موردی یافت نشد. این دربارهٔ فهرست‌هایی که اینجا نیستند چیزی نمی‌گوید.
remark = یادداشت: { $remark }
compare = مقایسه شود
weak = ضعیف
exercise = تمرین
candidate-is = اطلاع است و نه دستور اقدام؛ سابقهٔ { $record }
access = دسترسی { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = یکسان
relation-romanisation = نویسه‌گردانی
relation-slip = لغزش نوشتاری
relation-initial = حرف نخست
relation-joined = پیوسته
relation-split = جدا
relation-asked-only = فقط در پرسش
relation-recorded-only = فقط در سابقه
born-same-day = تولد: همان روز { $weight }
born-possible = تولد: شاید همان روز { $weight }
born-swapped = تولد: روز و ماه جابه‌جا شده‌اند { $weight }
born-year = تولد: فقط سال یکی است { $weight }
born-near = تولد: نزدیک، در حد لغزش نوشتاری { $weight }
born-differs = تولد: { $years ->
    [one] { $years } سال
   *[other] { $years } سال
} فاصله، به احتمال بیشتر هم‌نام { $weight }
nationality-agrees = تابعیت: یکسان { $weight }
nationality-differs = تابعیت: متفاوت { $weight }
sex-agrees = جنسیت: یکسان { $weight }
sex-differs = جنسیت: متفاوت { $weight }
number-same = شماره: { $kind } { $number }، { $country }
number-other-country = شماره: { $kind } { $number }، اما کشور صادرکننده { $country } است، نه کشور درخواست‌شده
number-no-country = شماره: { $kind } { $number }، کشور صادرکننده ثبت نشده است
reference-same = شناسهٔ مرجع: { $number } ({ $source })

nothing-for-purpose = چیزی که این سازمان با این هدف مجاز به دیدن آن باشد اینجا نیست.
nothing-there = چیزی که این سازمان مجاز به دیدن آن باشد اینجا نیست.
opened-record = سابقهٔ { $record }، نسخهٔ { $version }
opened-holder = پایگاه { $database }، مالک { $owner } ({ $custody })
opened-terms = شرایط: { $terms }، درجه { $grade }، بازبینی تا { $review }
opened-document = سند { $kind } { $number }، { $country }: { $fraud }
opened-name = نام: { $name } ({ $kind })
opened-born = تولد: { $date }
opened-country = تابعیت: { $country }
opened-holds = دارندهٔ { $kind } { $number }
opened-status = وضعیت: { $status }
opened-remark = توضیح: { $remark }
opened-entry = ثبت { $entry }
opened-stands = جایگاه: { $stream }، شمارهٔ { $number }
opened-access = دسترسی { $access }
information-no-action = اطلاع است و نه دستور اقدام.

holds = درست است
does-not-hold = درست نیست: { $why }
as-pinned = همان که تثبیت شده
not-pinned = تثبیت نشده: برای دانستن صاحب آن --genesis بدهید
proven-association = انجمن { $association } ({ $pinned })
proven-stream = جریان { $stream }، شمارهٔ { $number }
proven-ledger = دفتر: { $count ->
    [one] { $count } ثبت
   *[other] { $count } ثبت
}، ریشه { $root }
proven-registry = دفتر ثبت: { $count } بیانیه، تازه‌ترین در { $newest }
head-attested = سر دفتر ثبت برای این اثبات در { $at } گواهی شده است
head-not-attested = سر دفتر ثبت گواهی نشده: شاید بیانیه‌های تازه‌تر نباشند
proven-entry = ثبت { $entry }

backup-made = نسخهٔ پشتیبان { $place } (پرونده‌ها: { $files }، بایت: { $bytes })
backup-keys = کلیدها { $place } - جای دیگر نگه دارید: با آن‌ها نسخه خوانده می‌شود
restored = در { $place } بازیابی شد، تجسم { $incarnation }
examined = بررسی‌شده { $count } { $what }
doctor-note = یادداشت { $place }: { $what }
doctor-fault = خرابی { $place }: [{ $code }] { $what }
doctor-to-do = چه باید کرد: { $what }
sound = سالم
not-sound = ناسالم

import-counts = افزوده { $added }، بازنگری { $revised }، تمدید { $renewed }، بی‌تغییر { $unchanged }، پس‌گرفته { $withdrawn }، ردشده { $refused }، بدون پایگاه { $beyond }
import-broken-off = قطع شد: { $why }. آنچه خوانده شد می‌ماند؛ پرونده را درست و دوباره وارد کنید.
import-held-back = چیزی پس گرفته نشد، زیرا { $why }.
import-withdrawals-held = withdrawals-held: { $held } سابقه در فهرست نیست، بیش از یک‌پنجم آنچه بود. آن‌ها می‌مانند. فهرست را ببینید؛ همین ورود با --confirm-withdrawals { $held } آن‌ها را پس می‌گیرد.
import-rows = { $count ->
    [one] { $count } سطر
   *[other] { $count } سطر
} در گزارش؛ --report FILE آن‌ها را می‌نویسد
import-progress = { $rows } سطر، { $kib } کیبی‌بایت

demo-list = فهرست شورای امنیت سازمان ملل، 2026-02-27، به‌عنوان مرجع:
demo-samples = جست‌وجوهایی برای آزمودن، با پاسخ‌ها:
demo-address = واسط برنامه در { $url } پاسخ می‌دهد
demo-tokens-earlier = نشانه‌ها در نخستین اجرا نشان داده شدند؛ `barid admin token issue` یکی دیگر می‌سازد.
demo-tokens = نشانه‌های مأموران دفترهای تمرینی، فقط همین بار نشان داده می‌شوند:
demo-try = از پایانهٔ دیگری بیازمایید:
demo-stop = برای توقف: Ctrl-C.
script-latin = لاتین
script-cyrillic = سیریلیک
script-arabic = عربی
script-persian = فارسی
script-hindi = هندی
script-bengali = بنگالی
script-chinese = چینی
script-nobody = هیچ‌کس
check-round = دور { $round }: کارساز پس از { $seconds } ثانیه پاسخ داد
check-miss = خطا، دور { $round }: { $typed } انتظار { $wanted }، پاسخ { $got }
check-counts = موفق { $passed }، ناموفق { $failed }

genesis = بنیاد { $fingerprint }
token-issued = نشانهٔ { $officer } در { $organisation }، معتبر تا { $until }، فقط همین بار نشان داده می‌شود:
token-until = تا { $day }
token-ended = پایان‌یافته { $day }
token-used = به‌کاررفته { $day }
token-never-used = به کار نرفته
token-revoked = نشانهٔ { $officer } در { $organisation } پس گرفته شد
token-unknown = نشانه‌ای با این شناسه نیست؛ `barid admin token list` آن‌ها را نشان می‌دهد.
founded = بنیاد نهاده شد. بنیاد { $genesis }: به همه بگویید
first-tokens = نشانه‌های نخستین مأموران، فقط همین بار نشان داده می‌شوند:
organisation-added = { $organisation } افزوده شد؛ گره از اجرای بعدی آن را می‌شناسد
organisation-suspended = مشارکت { $organisation } معلق شد؛ گره از اجرای بعدی آن را می‌داند
organisation-readmitted = مشارکت { $organisation } از سر گرفته شد؛ گره از اجرای بعدی آن را می‌داند
draft-hash = پیش‌نویس { $hash }
draft-next = هنوز چیزی اعلام نشده است. پرونده را برای کسانی که کلید خود را نگه می‌دارند بفرستید و این چکیده را از راه دیگری بگویید.
draft-founds = بنیاد می‌نهد: { $names }
draft-threshold = { $threshold } از { $founders } بنیان‌گذار باید امضا کنند
draft-founder = بنیان‌گذار { $organisation }، کلیدها: { $custody }
draft-organisation = سازمان { $organisation }، کلیدها: { $custody }
draft-key = کلید { $organisation } ({ $usage }): { $key }
sign-nothing = چیزی امضا نشد: --key و --out و --hash را چنان که به شما گفته‌اند بدهید.
signed-into = در { $place } امضا شد
public-key = کلید عمومی { $key }

eval-refused = { $count ->
    [one] { $count } سطر
   *[other] { $count } سطر
} از مجموعه خوانده نشد
eval-done = { $names } نام در { $build } ثانیه، { $queries } پرسش در { $seconds } ثانیه ({ $rate }/ثانیه)، نمایه { $size } مبی‌بایت
because = زیرا: { $why }

remedy-bytes-changed = بایت‌های ذخیره‌شده تغییر کرده‌اند. دیسک و حافظهٔ این دستگاه را بررسی کنید، سپس آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید؛ این یکی را نگه دارید.
remedy-order-changed = ترتیب یک جریان تغییر کرده است و هیچ از کار افتادنی چنین نمی‌کند. پیش از هر چیز این پوشه را به‌عنوان مدرک رونوشت کنید، به دبیرخانه خبر دهید، سپس آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید.
remedy-proofs-fail = اثبات‌ها از آنجا شکست می‌خورند؛ سابقه‌ها و جستجوها سالم‌اند. آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید، یا ادامه دهید و هر وقت فرصت بود بازیابی کنید.
remedy-bytes-missing = بایت‌هایی نیستند که کسی پاک نکرده است. آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید؛ این یکی را نگه دارید.
remedy-journal-damaged = سطرهایی که می‌گویند چه کسی چه جُسته است آسیب دیده یا گم شده‌اند. این پوشه را به‌عنوان مدرک رونوشت کنید، به دبیرخانه خبر دهید، سپس آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید.
remedy-record-dangling = سابقه‌ای به هیچ اشاره می‌کند. آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید.
remedy-file-damaged = پرونده‌ای آسیب دیده است. دیسک را بررسی کنید (گزارش خطاهایش، فضای آزاد)، سپس آخرین نسخهٔ پشتیبان را در پوشه‌ای نو بازیابی کنید.
remedy-file-unreadable = پرونده‌ای خوانده نمی‌شود. ببینید آنجا باشد و از آنِ کاربری باشد که برنامه را اجرا می‌کند.
remedy-key-missing = بدون شاه‌کلید چیزی باز نمی‌شود. آن را از کلیدهای آخرین نسخهٔ پشتیبان برگردانید، یا جایش را در BARID_MASTER_KEY بگویید.
remedy-key-exposed = دیگران می‌توانستند شاه‌کلید را بخوانند. بر آن chmod 600 را اجرا کنید و ببینید چه کسی دسترسی داشته است.
remedy-key-wrong = این شاه‌کلید این پوشه نیست. کلید درست را از کلیدهای یک نسخهٔ پشتیبان همین گره سر جایش بگذارید.
remedy-directory-in-use = برنامه روی این پوشه در حال کار است. آن را متوقف کنید و دوباره بپرسید.
remedy-directory-not-data = این پوشهٔ داده نیست. مسیر پس از --data-dir را بررسی کنید.
remedy-directory-of-another-version = نسخهٔ دیگری از برنامه این پوشه را ساخته است. همان نسخه یا نسخهٔ تازه‌تری را به کار ببرید.
remedy-unknown = رونوشتی از این پوشه نگه دارید و با این گزارش کمک بخواهید.

problem-json-malformed = بدنهٔ درخواست JSON نیست.
problem-body-unreadable = بدنهٔ درخواست تا پایان خوانده نشد.
problem-idempotency-key-missing = نوشتن به سرآیند Idempotency-Key نیاز دارد: UUID به انتخاب کارخواه.
problem-idempotency-key-malformed = سرآیند Idempotency-Key یک UUID نیست.
problem-path-malformed = شناسه در مسیر یک UUID نیست.
problem-unauthenticated = نشانهٔ ورود معتبر لازم است.
problem-organisation-not-active = این سازمان اکنون در انجمن شرکت ندارد.
problem-not-entitled = سازمان‌های این گونه مجاز به این کار نیستند.
problem-purpose-not-allowed = هدف اجازهٔ این کار را نمی‌دهد.
problem-no-such-resource = زیر این مسیر چیزی نیست.
problem-method-not-allowed = این مسیر این روش را نمی‌پذیرد؛ سرآیند Allow را ببینید.
problem-request-too-slow = رسیدن بدنهٔ درخواست بیش از حد طول کشید.
problem-record-faulty = درخواست با توصیف سازگار است اما با خود، سابقه یا تاریخ تناقض دارد.
problem-query-malformed = در پرسش چیزی برای جست‌وجو نیست.
problem-idempotency-key-reused = کلید تکرارناپذیری برای درخواست دیگری به کار رفته است.
problem-batch-refused = سندها یک دسته نمی‌سازند.
problem-entry-too-large = سابقه از اندازهٔ مجاز بزرگ‌تر است.
problem-body-too-large = بدنهٔ درخواست از آنچه این عمل می‌پذیرد بزرگ‌تر است.
problem-media-type = بدنهٔ درخواست باید application/json باشد.
problem-body-faulty = بدنهٔ درخواست با توصیف سازگار نیست؛ خطاها را ببینید.
problem-internal = تبادل ناکام ماند؛ نوشته‌شدن چیزی معلوم نیست.
problem-not-ready = گره آماده نیست.
problem-busy = کار گره بیش از حد است؛ دوباره بکوشید.
problem-outcome-unknown = شاید نوشته شده باشد و شاید نه: با همان کلید بپرسید.
problem-no-key = این گره کلید سازمان را ندارد.

code-database-persons = اشخاص
code-database-travel-documents = اسناد سفر
code-purpose-criminal-investigation = تحقیق کیفری
code-purpose-counter-terrorism = مقابله با تروریسم
code-purpose-border-control = کنترل مرزی
code-purpose-human-trafficking = قاچاق انسان
code-purpose-drug-trafficking = قاچاق مواد مخدر
code-purpose-humanitarian = بشردوستانه
code-purpose-sanctions = تحریم‌ها
code-purpose-financial-crime = جرم مالی
code-purpose-cybercrime = جرم سایبری
code-purpose-oversight = نظارت
code-purpose-exercise = تمرین
code-name-kind-primary = اصلی
code-name-kind-birth = هنگام تولد
code-name-kind-alias = نام مستعار
code-name-kind-maiden = پیش از ازدواج
code-name-kind-patronymic = نام پدر
code-name-kind-known-as = معروف به
code-name-kind-former = پیشین
code-name-kind-original-script = به خط اصلی
code-alias-strength-strong = قوی
code-alias-strength-weak = ضعیف
code-person-status-wanted = تحت تعقیب
code-person-status-missing = گمشده
code-person-status-victim = قربانی
code-person-status-witness = شاهد
code-person-status-possible-threat = تهدید احتمالی
code-person-status-dead = درگذشته
code-person-status-unidentified-dead = درگذشتهٔ ناشناس
code-person-status-unidentified = ناشناس
code-person-status-suspect = مظنون
code-person-status-convicted = محکوم
code-person-status-listed = در فهرست
code-document-type-passport = گذرنامه
code-document-type-identity-card = کارت شناسایی
code-document-type-visa = روادید
code-document-type-residence-permit = اجازهٔ اقامت
code-document-type-refugee-travel-document = سند سفر پناهنده
code-document-type-diplomatic-passport = گذرنامهٔ سیاسی
code-document-type-service-passport = گذرنامهٔ خدمت
code-document-type-stateless-travel-document = سند سفر فرد بی‌تابعیت
code-document-type-emergency-travel-document = سند سفر اضطراری
code-document-type-seafarer-document = سند دریانورد
code-document-type-crew-certificate = گواهی خدمه
code-document-type-driving-licence = گواهینامهٔ رانندگی
code-document-type-national-number = شمارهٔ ملی
code-document-type-birth-certificate = شناسنامه
code-document-type-service-identity = شناسهٔ خدمت
code-document-type-tax-number = شمارهٔ مالیاتی
code-document-type-other = دیگر
code-fraud-type-stolen = دزدیده
code-fraud-type-lost = گم‌شده
code-fraud-type-stolen-blank = سفید دزدیده
code-fraud-type-invalid = نامعتبر
code-fraud-type-revoked = باطل‌شده
code-classification-official-use = استفادهٔ اداری
code-classification-restricted = محدود
code-classification-confidential = محرمانه
