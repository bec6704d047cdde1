# Arabic / العربية
# This translation is machine-made and unreviewed: nobody who speaks the language has read it yet.
# The English file, en.ftl, is the one that counts.

searched-as-name = بُحث عنه كاسم
searched-as-number = بُحث عنه كرقم وثيقة
searched-as-zone = بُحث عنه كمنطقة مقروءة آليًا
no-candidate = لا توجد مطابقة محتملة. ولا يدل ذلك على شيء في القوائم غير الموجودة هنا.
remark = ملاحظة: { $remark }
compare = للمقارنة
weak = ضعيفة
exercise = تدريب
candidate-is = معلومة وليست أمرًا بإجراء؛ السجل { $record }
access = الاطلاع { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = مطابق
relation-romanisation = نقل حرفي
relation-slip = خطأ كتابي
relation-initial = حرف أول
relation-joined = موصول
relation-split = مفصول
relation-asked-only = في الطلب فقط
relation-recorded-only = في السجل فقط
born-same-day = الميلاد: اليوم نفسه { $weight }
born-possible = الميلاد: قد يكون اليوم نفسه { $weight }
born-swapped = الميلاد: اليوم والشهر متبادلان { $weight }
born-year = الميلاد: السنة وحدها مطابقة { $weight }
born-near = الميلاد: فرق يسير قد يكون خطأً كتابيًا { $weight }
born-differs = الميلاد: الفرق { $years ->
    [one] سنة واحدة ({ $years })
    [two] سنتان ({ $years })
    [few] { $years } سنوات
    [many] { $years } سنة
   *[other] { $years } سنة
}، والأرجح أنه تشابه أسماء { $weight }
born-same-first-of-year = الميلاد: السنة نفسها، مذكورة بأول أيامها في الجانبين { $weight }
born-other-calendar = الميلاد: مطابق إذا حُسب تاريخ من تقويم { $meant } على أنه من تقويم { $taken } { $weight }
born-same-year = الميلاد: يوم آخر من السنة نفسها { $weight }
birth-read = قُرئ تاريخ الميلاد على أنه { $date } (التقويم: { $calendar })
cleared-by-birth = تشابه أسماء: استبعده تاريخ الميلاد
birth-place-agrees = مكان الميلاد: يطابق { $place } { $weight }
birth-place-differs = مكان الميلاد: يختلف عن { $place } { $weight }
nationality-agrees = الجنسية: مطابقة { $weight }
nationality-differs = الجنسية: مختلفة { $weight }
sex-agrees = الجنس: مطابق { $weight }
sex-differs = الجنس: مختلف { $weight }
number-same = الرقم: { $kind } { $number }، { $country }
number-other-country = الرقم: { $kind } { $number }، لكن بلد الإصدار { $country } وليس البلد المطلوب
number-no-country = الرقم: { $kind } { $number }، بلد الإصدار غير مسجل
reference-same = المرجع: { $number } ({ $source })

nothing-for-purpose = لا يوجد هنا ما يجوز لهذه المنظمة الاطلاع عليه لهذا الغرض.
nothing-there = لا يوجد هنا ما يجوز لهذه المنظمة الاطلاع عليه.
opened-record = السجل { $record }، النسخة { $version }
opened-holder = قاعدة البيانات { $database }، المالك { $owner } ({ $custody })
opened-terms = الشروط: { $terms }، التقييم { $grade }، المراجعة قبل { $review }
opened-field = { $name }: { $value }
opened-document = الوثيقة { $kind } { $number }، { $country }: { $fraud }
opened-name = الاسم: { $name } ({ $kind })
opened-born = الميلاد: { $date }
opened-country = الجنسية: { $country }
opened-holds = يحمل: { $kind } { $number }
opened-status = الصفة: { $status }
opened-warning = تحذير: { $warning }
opened-minor = قاصر: يُعرض بعناية
opened-sex = الجنس: { $sex }
opened-birth-place = مكان الميلاد: { $place }
opened-offence = الجرم: { $offence }
opened-address = العنوان: { $place }
opened-function = الوظيفة: { $function }
opened-description = الأوصاف: { $description }
opened-reference = الرقم المرجعي: { $scheme } { $number }
opened-listed = تاريخ الإدراج: { $day }
opened-amended = تاريخ التعديل: { $day }
opened-provenance = المصدر: { $source } { $reference } { $edition }
opened-condition = الشرط: { $condition }
opened-reason = السبب: { $reason }
opened-reported = تاريخ الواقعة: { $day }
opened-signed = تاريخ التوقيع: { $at }
opened-remark = تعليق: { $remark }
opened-entry = القيد { $entry }
opened-stands = الموضع: { $stream }، الرقم { $number }
opened-access = الاطلاع { $access }
information-no-action = معلومة وليست أمرًا بإجراء.

holds = صحيح
does-not-hold = غير صحيح: { $why }
as-pinned = كما هو مثبّت
not-pinned = غير مثبّت: استعمل --genesis لتعرف لمن هو
proven-association = الرابطة { $association } ({ $pinned })
proven-stream = المجرى { $stream }، الرقم { $number }
proven-ledger = الدفتر: { $count ->
    [one] قيد واحد ({ $count })
    [two] قيدان ({ $count })
    [few] { $count } قيود
    [many] { $count } قيدًا
   *[other] { $count } قيد
}، الجذر { $root }
proven-registry = السجل العام: بيانات { $count }، أحدثها { $newest }
head-attested = رأس السجل العام مصدَّق لهذا الإثبات في { $at }
head-not-attested = رأس السجل العام غير مصدَّق: قد تنقص بيانات أحدث
proven-entry = القيد { $entry }

backup-made = نسخة احتياطية { $place } (الملفات: { $files }، البايتات: { $bytes })
backup-keys = المفاتيح { $place } - احفظها في مكان آخر: بها تُقرأ النسخة
restored = استُعيد في { $place }، التجسّد { $incarnation }
restored-tokens = انتهت جميع الرموز السابقة. أصدر رموزًا جديدة: barid admin token issue
examined = فُحص { $count } { $what }
doctor-note = ملاحظة { $place }: { $what }
doctor-fault = خلل { $place }: [{ $code }] { $what }
doctor-to-do = ما العمل: { $what }
sound = سليم
not-sound = غير سليم

import-counts = أضيف { $added }، عُدّل { $revised }، جُدّد { $renewed }، بلا تغيير { $unchanged }، سُحب { $withdrawn }، رُفض { $refused }، بلا قاعدة بيانات { $beyond }
import-broken-off = انقطع: { $why }. ما قُرئ باقٍ؛ أصلح الملف واستورده من جديد.
import-held-back = لم يُسحب شيء، والسبب: { $why }.
import-withdrawals-held = withdrawals-held: سجلات غير مذكورة عددها { $held }، أكثر من خُمس ما كان محفوظًا. وهي باقية. افحص القائمة؛ والاستيراد نفسه مع --confirm-withdrawals { $held } يسحبها.
import-rows = { $count ->
    [one] سطر واحد ({ $count })
    [two] سطران ({ $count })
    [few] { $count } أسطر
    [many] { $count } سطرًا
   *[other] { $count } سطر
} في التقرير؛ يكتبها --report FILE
import-progress = الأسطر: { $rows }، { $kib } كيبيبايت

screen-goes-on = المتابعة بعد السطر { $rows }
screen-progress = الأسطر: { $rows } من { $of }، { $rate } سطر/ث، بقي { $left }
screen-counts = الأسطر المفحوصة: { $rows } ({ $rate }/ث)؛ منها بمرشحين: { $found }، وغير مقروءة: { $unreadable }
screen-broken-off = انقطع بعد السطر { $rows }؛ الأمر نفسه يتابع من هناك.
text-has-nothing = لم يُعثر في النص على أحد أو شيء معروف هنا.
text-is-cut = وُجد أكثر مما يتسع له الجواب: قسّم النص إلى أجزاء أصغر.

demo-list = قائمة مجلس الأمن للأمم المتحدة بتاريخ 2026-02-27، محفوظة كمرجع:
demo-samples = عمليات بحث تستحق التجربة، مع أجوبتها:
demo-address = تجيب الواجهة على { $url }
demo-tokens-earlier = عُرضت الرموز عند التشغيل الأول؛ والأمر `barid admin token issue` يصدر غيرها.
demo-tokens = رموز موظفي مكاتب التدريب، تُعرض هذه المرة فقط:
demo-try = جرّبها من طرفية أخرى:
demo-stop = للإيقاف: Ctrl-C.
script-latin = لاتيني
script-cyrillic = سيريلي
script-arabic = عربي
script-persian = فارسي
script-hindi = هندي
script-bengali = بنغالي
script-chinese = صيني
script-nobody = لا أحد
check-round = الجولة { $round }: أجاب الخادم بعد { $seconds } ث
check-miss = إخفاق، الجولة { $round }: { $typed } المطلوب { $wanted }، الناتج { $got }
check-counts = نجح { $passed }، أخفق { $failed }

genesis = التأسيس { $fingerprint }
token-issued = رمز { $officer } في { $organisation }، صالح حتى { $until }، يُعرض هذه المرة فقط:
token-until = حتى { $day }
token-ended = انتهى { $day }
token-used = استُعمل { $day }
token-never-used = لم يُستعمل
token-revoked = سُحب رمز { $officer } في { $organisation }
token-unknown = لا رمز بهذا المعرّف؛ يعرضها `barid admin token list`.
founded = أُسست. التأسيس { $genesis }: أبلغ به الجميع
nothing-founded = لم يُؤسَّس هنا شيء بعد.
first-tokens = رموز الموظفين الأوائل، تُعرض هذه المرة فقط:
organisation-added = أضيفت { $organisation }؛ تعرفها العقدة عند تشغيلها التالي
organisation-suspended = عُلّقت مشاركة { $organisation }؛ تعرف العقدة ذلك عند تشغيلها التالي
organisation-readmitted = استؤنفت مشاركة { $organisation }؛ تعرف العقدة ذلك عند تشغيلها التالي
draft-hash = المسودة { $hash }
draft-next = لم يُعلن شيء بعد. أرسل الملف إلى من يحفظون مفاتيحهم، وأبلغهم بهذه البصمة بطريق آخر.
draft-founds = تؤسس { $names }
draft-threshold = يجب أن يوقّع { $threshold } من { $founders } من المؤسسين
draft-founder = المؤسس { $organisation }، المفاتيح: { $custody }
draft-organisation = المنظمة { $organisation }، المفاتيح: { $custody }
draft-key = مفتاح { $organisation } ({ $usage }): { $key }
draft-key-from = صالح من { $at }
draft-stated = صرّح به { $issuer } في { $at } بشأن { $subject }، بايتات عشوائية { $salt }
draft-signer = يوقَّع بالمفتاح { $key }
sign-nothing = لم يُوقَّع شيء: أعط --key و--out و--hash كما أُبلغت به.
signed-into = وُقّع في { $place }
public-key = المفتاح العام { $key }

eval-refused = تعذرت قراءة { $count ->
    [one] سطر واحد ({ $count })
    [two] سطرين ({ $count })
    [few] { $count } أسطر
    [many] { $count } سطرًا
   *[other] { $count } سطر
} من المعرض
eval-done = الأسماء: { $names } في { $build } ث، الاستعلامات: { $queries } في { $seconds } ث ({ $rate }/ث)، الفهرس { $size } ميبيبايت
eval-text-done = الأسماء: { $names } في { $build } ث، النتائج: { $finds } في { $size } ميغابايت من النص في { $seconds } ث
because = السبب: { $why }

remedy-bytes-changed = تغيّرت البايتات المحفوظة. افحص قرص هذا الجهاز وذاكرته، ثم استعد آخر نسخة احتياطية إلى مجلد جديد؛ واحتفظ بهذا.
remedy-order-changed = تغيّر ترتيب سلسلة، وهذا لا يفعله أي انهيار. انسخ هذا المجلد دليلًا قبل أي شيء آخر، وأبلغ الأمانة، ثم استعد آخر نسخة احتياطية إلى مجلد جديد.
remedy-proofs-fail = ستفشل الإثباتات من هناك؛ أما السجلات وعمليات البحث فسليمة. استعد آخر نسخة احتياطية إلى مجلد جديد، أو واصل العمل واستعدها حين يتسع الوقت.
remedy-bytes-missing = اختفت بايتات لم يمحها أحد. استعد آخر نسخة احتياطية إلى مجلد جديد؛ واحتفظ بهذا.
remedy-journal-damaged = تلفت أو اختفت أسطر تبيّن مَن بحث عن ماذا. انسخ هذا المجلد دليلًا، وأبلغ الأمانة، ثم استعد آخر نسخة احتياطية إلى مجلد جديد.
remedy-record-dangling = سجل يشير إلى لا شيء. استعد آخر نسخة احتياطية إلى مجلد جديد.
remedy-file-damaged = ملف تالف. افحص القرص (سجل أخطائه والمساحة الحرة)، ثم استعد آخر نسخة احتياطية إلى مجلد جديد.
remedy-file-unreadable = ملف لا يُقرأ. تأكد أنه موجود وأنه ملك المستخدم الذي يشغّل البرنامج.
remedy-key-missing = لا يُفتح شيء بلا المفتاح الرئيسي. أعده من مفاتيح آخر نسخة احتياطية، أو اذكر مكانه في BARID_MASTER_KEY.
remedy-key-exposed = كان بإمكان آخرين قراءة المفتاح الرئيسي. نفّذ عليه chmod 600 واعرف مَن كان له الوصول.
remedy-key-wrong = ليس هذا المفتاح الرئيسي لهذا المجلد. ضع المفتاح الصحيح مكانه، من مفاتيح نسخة احتياطية لهذه العقدة.
remedy-directory-in-use = البرنامج يعمل على هذا المجلد. أوقفه ثم اسأل من جديد.
remedy-directory-not-data = ليس هذا مجلد بيانات. تحقق من المسار بعد --data-dir.
remedy-directory-of-another-version = أنشأت هذا المجلد نسخة أخرى من البرنامج. استعمل تلك النسخة أو أحدث منها.
remedy-unknown = احتفظ بنسخة من هذا المجلد، واطلب المساعدة بهذا التقرير.

problem-json-malformed = متن الطلب ليس JSON.
problem-body-unreadable = تعذرت قراءة متن الطلب حتى نهايته.
problem-idempotency-key-missing = تحتاج الكتابة إلى الترويسة Idempotency-Key، وهي UUID يختاره العميل.
problem-idempotency-key-malformed = الترويسة Idempotency-Key ليست UUID.
problem-path-malformed = المعرّف في المسار ليس UUID.
problem-unauthenticated = يلزم رمز دخول صالح.
problem-organisation-not-active = المنظمة لا تشارك في الرابطة حاليًا.
problem-not-entitled = لا يجوز ذلك لمنظمات من هذا النوع.
problem-purpose-not-allowed = الغرض لا يسمح بذلك.
problem-no-such-resource = لا شيء تحت هذا المسار.
problem-method-not-allowed = هذا المسار لا يقبل هذه الطريقة؛ انظر الترويسة Allow.
problem-request-too-slow = تأخر وصول متن الطلب كثيرًا.
problem-record-faulty = الطلب يوافق الوصف لكنه يناقض نفسه أو السجل أو التاريخ.
problem-query-malformed = لا شيء في الاستعلام يُبحث عنه.
problem-idempotency-key-reused = مفتاح عدم التكرار استُعمل لطلب آخر.
problem-batch-refused = الوثائق لا تشكل دفعة.
problem-entry-too-large = السجل أكبر مما يسمح به القيد.
problem-body-too-large = متن الطلب أكبر مما تقبله هذه العملية.
problem-media-type = يجب أن يكون متن الطلب application/json.
problem-body-faulty = متن الطلب لا يوافق الوصف؛ انظر الأخطاء.
problem-internal = أخفق التبادل؛ لا يُعرف أن شيئًا قد كُتب.
problem-not-ready = العقدة غير جاهزة.
problem-busy = العقدة مثقلة بالعمل؛ حاول مرة أخرى.
problem-outcome-unknown = ربما تمت الكتابة وربما لا: اسأل بالمفتاح نفسه.
problem-no-key = هذه العقدة لا تحفظ مفتاح المنظمة.

code-database-persons = الأشخاص
code-database-travel-documents = وثائق السفر
code-purpose-criminal-investigation = تحقيق جنائي
code-purpose-counter-terrorism = مكافحة الإرهاب
code-purpose-border-control = مراقبة الحدود
code-purpose-human-trafficking = الاتجار بالبشر
code-purpose-drug-trafficking = الاتجار بالمخدرات
code-purpose-humanitarian = إنساني
code-purpose-sanctions = الجزاءات
code-purpose-financial-crime = الجرائم المالية
code-purpose-cybercrime = الجرائم السيبرانية
code-purpose-oversight = الرقابة
code-purpose-exercise = تدريب
code-name-kind-primary = أساسي
code-name-kind-birth = عند الميلاد
code-name-kind-alias = اسم مستعار
code-name-kind-maiden = قبل الزواج
code-name-kind-patronymic = اسم الأب
code-name-kind-known-as = معروف باسم
code-name-kind-former = سابق
code-name-kind-original-script = بالكتابة الأصلية
code-alias-strength-strong = قوي
code-alias-strength-weak = ضعيف
code-person-status-wanted = مطلوب
code-person-status-missing = مفقود
code-person-status-victim = ضحية
code-person-status-witness = شاهد
code-person-status-possible-threat = تهديد محتمل
code-person-status-dead = متوفى
code-person-status-unidentified-dead = متوفى مجهول الهوية
code-person-status-unidentified = مجهول الهوية
code-person-status-suspect = مشتبه فيه
code-person-status-convicted = مدان
code-person-status-listed = مدرج في قائمة
code-document-type-passport = جواز سفر
code-document-type-identity-card = بطاقة هوية
code-document-type-visa = تأشيرة
code-document-type-residence-permit = تصريح إقامة
code-document-type-refugee-travel-document = وثيقة سفر لاجئ
code-document-type-diplomatic-passport = جواز سفر دبلوماسي
code-document-type-service-passport = جواز سفر خدمة
code-document-type-stateless-travel-document = وثيقة سفر لعديم الجنسية
code-document-type-emergency-travel-document = وثيقة سفر طارئة
code-document-type-seafarer-document = وثيقة بحّار
code-document-type-crew-certificate = شهادة طاقم
code-document-type-driving-licence = رخصة قيادة
code-document-type-national-number = رقم وطني
code-document-type-birth-certificate = شهادة ميلاد
code-document-type-service-identity = هوية خدمة
code-document-type-tax-number = رقم ضريبي
code-document-type-other = أخرى
code-fraud-type-stolen = مسروق
code-fraud-type-lost = مفقود
code-fraud-type-stolen-blank = مسروق فارغًا
code-fraud-type-invalid = غير صالح
code-fraud-type-revoked = ملغى
code-classification-official-use = للاستعمال الرسمي
code-classification-restricted = مقيّد
code-classification-confidential = سري
code-calendar-gregorian = الميلادي
code-calendar-solar-hijri = الهجري الشمسي
code-calendar-lunar-hijri = الهجري القمري
code-calendar-vikram-samvat = فيكرام سامفات
code-calendar-bengali = البنغالي
code-calendar-buddhist = البوذي
code-calendar-minguo = مينغو
code-calendar-ethiopian = الإثيوبي
code-sex-not-known = غير معروف
code-sex-male = ذكر
code-sex-female = أنثى
code-sex-not-applicable = لا ينطبق
code-warning-armed = مسلح
code-warning-violent = عنيف
code-warning-escape-risk = خطر الفرار
code-warning-self-harm-risk = خطر إيذاء النفس
code-warning-medical-need = بحاجة إلى رعاية طبية
code-warning-infectious = مُعدٍ
code-warning-explosives = متفجرات
code-revocation-reason-holder-dead = وفاة الحامل
code-revocation-reason-issued-in-error = صدر خطأً
code-revocation-reason-replaced = استُبدل
code-revocation-reason-damaged = تالف
code-revocation-reason-nationality-lost = فقدان الجنسية
code-revocation-reason-court-order = أمر محكمة
code-revocation-reason-series-withdrawn = سحب السلسلة
code-revocation-reason-not-collected = لم يُستلم
code-text-find-name = اسم
code-text-find-document-number = رقم وثيقة
code-text-find-machine-readable-zone = منطقة مقروءة آليًا
code-text-find-vin = رقم تعريف المركبة
code-text-find-plate = لوحة مركبة
code-text-find-phone = هاتف
code-text-find-imei = رقم الجهاز المحمول
