# Hindi / हिन्दी
# This translation is machine-made and unreviewed: nobody who speaks the language has read it yet.
# The English file, en.ftl, is the one that counts.

searched-as-name = नाम के रूप में खोजा गया
searched-as-number = दस्तावेज़ संख्या के रूप में खोजा गया
searched-as-zone = मशीन-पठनीय क्षेत्र के रूप में खोजा गया
no-candidate = कोई मिलान नहीं। यह उन सूचियों के बारे में कुछ नहीं कहता जो यहाँ नहीं हैं।
remark = टिप्पणी: { $remark }
compare = मिलाएँ
weak = कमज़ोर
exercise = अभ्यास
candidate-is = सूचना है, कार्रवाई का आदेश नहीं; अभिलेख { $record }
access = पहुँच { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = समान
relation-romanisation = लिप्यंतरण
relation-slip = लिखने की चूक
relation-initial = आद्यक्षर
relation-joined = जुड़ा हुआ
relation-split = अलग-अलग
relation-asked-only = केवल पूछा गया
relation-recorded-only = केवल अभिलेख में
born-same-day = जन्म: वही दिन { $weight }
born-possible = जन्म: शायद वही दिन { $weight }
born-swapped = जन्म: दिन और महीना अदल-बदल { $weight }
born-year = जन्म: केवल वर्ष मिलता है { $weight }
born-near = जन्म: चूक जितना ही अंतर { $weight }
born-differs = जन्म: { $years ->
    [one] { $years } वर्ष
   *[other] { $years } वर्ष
} का अंतर, संभवतः समान नाम वाला { $weight }
nationality-agrees = राष्ट्रीयता: मिलती है { $weight }
nationality-differs = राष्ट्रीयता: भिन्न { $weight }
sex-agrees = लिंग: मिलता है { $weight }
sex-differs = लिंग: भिन्न { $weight }
number-same = संख्या: { $kind } { $number }, { $country }
number-other-country = संख्या: { $kind } { $number }, पर जारीकर्ता देश { $country } है, पूछा गया देश नहीं
number-no-country = संख्या: { $kind } { $number }, जारीकर्ता देश दर्ज नहीं
reference-same = संदर्भ: { $number } ({ $source })

nothing-for-purpose = यहाँ ऐसा कुछ नहीं जो यह संगठन इस उद्देश्य से देख सके।
nothing-there = यहाँ ऐसा कुछ नहीं जो यह संगठन देख सके।
opened-record = अभिलेख { $record }, संस्करण { $version }
opened-holder = डेटाबेस { $database }, स्वामी { $owner } ({ $custody })
opened-terms = शर्तें: { $terms }, श्रेणी { $grade }, समीक्षा { $review } तक
opened-document = दस्तावेज़ { $kind } { $number }, { $country }: { $fraud }
opened-name = नाम: { $name } ({ $kind })
opened-born = जन्म: { $date }
opened-country = राष्ट्रीयता: { $country }
opened-holds = धारक: { $kind } { $number }
opened-status = स्थिति: { $status }
opened-remark = टीका: { $remark }
opened-entry = प्रविष्टि { $entry }
opened-stands = स्थान: { $stream }, संख्या { $number }
opened-access = पहुँच { $access }
information-no-action = सूचना है, कार्रवाई का आदेश नहीं।

holds = सही है
does-not-hold = सही नहीं है: { $why }
as-pinned = जैसा निश्चित किया गया
not-pinned = निश्चित नहीं: किसका है यह जानने के लिए --genesis दें
proven-association = संघ { $association } ({ $pinned })
proven-stream = धारा { $stream }, संख्या { $number }
proven-ledger = बही: { $count ->
    [one] { $count } प्रविष्टि
   *[other] { $count } प्रविष्टियाँ
}, मूल { $root }
proven-registry = पंजी: { $count } कथन, नवीनतम { $newest }
head-attested = पंजी का शीर्ष इस प्रमाण के लिए { $at } पर प्रमाणित
head-not-attested = पंजी का शीर्ष प्रमाणित नहीं: नए कथन छूटे हो सकते हैं
proven-entry = प्रविष्टि { $entry }

backup-made = बैकअप { $place } (फ़ाइलें: { $files }, बाइट: { $bytes })
backup-keys = कुंजियाँ { $place } - अलग रखें: इनसे बैकअप पढ़ा जा सकता है
restored = { $place } में पुनर्स्थापित, अवतार { $incarnation }
examined = जाँचा गया { $count } { $what }
doctor-note = टिप्पणी { $place }: { $what }
doctor-fault = दोष { $place }: [{ $code }] { $what }
doctor-to-do = क्या करें: { $what }
sound = ठीक
not-sound = ठीक नहीं

import-counts = जोड़े { $added }, संशोधित { $revised }, नवीकृत { $renewed }, अपरिवर्तित { $unchanged }, वापस लिए { $withdrawn }, अस्वीकृत { $refused }, डेटाबेस नहीं { $beyond }
import-broken-off = टूट गया: { $why }. जो पढ़ा गया वह रहता है; फ़ाइल सुधारकर फिर आयात करें।
import-held-back = कुछ वापस नहीं लिया गया, कारण: { $why }.
import-withdrawals-held = withdrawals-held: { $held } अभिलेख छूटे हैं, रखे हुए के पाँचवें भाग से अधिक। वे बने रहते हैं। सूची देखें; वही आयात --confirm-withdrawals { $held } के साथ उन्हें वापस लेता है।
import-rows = रिपोर्ट की { $count ->
    [one] { $count } पंक्ति
   *[other] { $count } पंक्तियाँ
}; --report FILE इन्हें लिखता है
import-progress = { $rows } पंक्तियाँ, { $kib } KiB

demo-list = संयुक्त राष्ट्र सुरक्षा परिषद की सूची, 2026-02-27, संदर्भ के रूप में:
demo-samples = आज़माने योग्य खोजें, उत्तरों सहित:
demo-address = API { $url } पर उत्तर देता है
demo-tokens-earlier = टोकन पहली शुरुआत पर दिखाए गए थे; `barid admin token issue` नया बनाता है।
demo-tokens = अभ्यास ब्यूरो के अधिकारियों के टोकन, केवल इस बार दिखाए गए:
demo-try = दूसरे टर्मिनल से आज़माएँ:
demo-stop = रोकने के लिए Ctrl-C।
script-latin = लैटिन
script-cyrillic = सिरिलिक
script-arabic = अरबी
script-persian = फ़ारसी
script-hindi = हिन्दी
script-bengali = बांग्ला
script-chinese = चीनी
script-nobody = कोई नहीं
check-round = दौर { $round }: सर्वर ने { $seconds } से. बाद उत्तर दिया
check-miss = चूक, दौर { $round }: { $typed } अपेक्षित { $wanted }, मिला { $got }
check-counts = सफल { $passed }, असफल { $failed }

genesis = स्थापना { $fingerprint }
token-issued = { $organisation } के { $officer } का टोकन, { $until } तक मान्य, केवल इस बार दिखाया गया:
token-until = { $day } तक
token-ended = समाप्त { $day }
token-used = प्रयुक्त { $day }
token-never-used = कभी प्रयुक्त नहीं
token-revoked = वापस लिया गया: { $organisation } के { $officer } का टोकन
token-unknown = इस पहचान का कोई टोकन नहीं; `barid admin token list` दिखाता है।
founded = स्थापित। स्थापना { $genesis }: सबको बताएँ
first-tokens = पहले अधिकारियों के टोकन, केवल इस बार दिखाए गए:
organisation-added = { $organisation } जोड़ा गया; नोड अगली शुरुआत से इसे जानेगा
organisation-suspended = { $organisation } निलंबित; नोड अगली शुरुआत से यह जानेगा
organisation-readmitted = { $organisation } फिर से शामिल; नोड अगली शुरुआत से यह जानेगा
draft-hash = मसौदा { $hash }
draft-next = अभी कुछ घोषित नहीं हुआ। फ़ाइल उन्हें भेजें जो अपनी कुंजियाँ रखते हैं, और यह हैश दूसरे रास्ते से बताएँ।
draft-founds = स्थापना: { $names }
draft-threshold = { $founders } में से { $threshold } संस्थापकों के हस्ताक्षर चाहिए
draft-founder = संस्थापक { $organisation }, कुंजियाँ: { $custody }
draft-organisation = संगठन { $organisation }, कुंजियाँ: { $custody }
draft-key = { $organisation } की कुंजी ({ $usage }): { $key }
sign-nothing = कुछ हस्ताक्षरित नहीं हुआ: --key, --out और बताया गया --hash दें।
signed-into = { $place } में हस्ताक्षरित
public-key = सार्वजनिक कुंजी { $key }

eval-refused = संग्रह की { $count ->
    [one] { $count } पंक्ति
   *[other] { $count } पंक्तियाँ
} पढ़ी नहीं जा सकीं
eval-done = { $names } नाम { $build } से. में, { $queries } प्रश्न { $seconds } से. में ({ $rate }/से.), सूचकांक { $size } MiB
because = कारण: { $why }

remedy-bytes-changed = सहेजे गए बाइट बदल गए। इस मशीन की डिस्क और मेमोरी जाँचें, फिर अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें; इसे रखें।
remedy-order-changed = किसी धारा का क्रम बदल गया, जो कोई क्रैश नहीं करता। सबसे पहले इस निर्देशिका की प्रति साक्ष्य के रूप में अलग रखें, सचिवालय को बताएँ, फिर अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें।
remedy-proofs-fail = वहाँ के प्रमाण विफल होंगे; अभिलेख और खोजें ठीक हैं। अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें, या काम जारी रखें और समय मिलने पर पुनर्स्थापित करें।
remedy-bytes-missing = ऐसे बाइट गायब हैं जिन्हें किसी ने नहीं मिटाया। अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें; इसे रखें।
remedy-journal-damaged = किसने क्या खोजा, इसकी पंक्तियाँ क्षतिग्रस्त या गायब हैं। इस निर्देशिका की प्रति साक्ष्य के रूप में अलग रखें, सचिवालय को बताएँ, फिर अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें।
remedy-record-dangling = कोई अभिलेख कहीं नहीं ले जाता। अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें।
remedy-file-damaged = कोई फ़ाइल क्षतिग्रस्त है। डिस्क जाँचें (उसका त्रुटि लॉग, खाली जगह), फिर अंतिम बैकअप को नई निर्देशिका में पुनर्स्थापित करें।
remedy-file-unreadable = कोई फ़ाइल पढ़ी नहीं जा सकती। देखें कि वह वहाँ है और उसी उपयोगकर्ता की है जो प्रोग्राम चलाता है।
remedy-key-missing = मुख्य कुंजी के बिना कुछ नहीं खुलता। उसे अंतिम बैकअप की कुंजियों से वापस रखें, या BARID_MASTER_KEY में उसका स्थान बताएँ।
remedy-key-exposed = दूसरे लोग मुख्य कुंजी पढ़ सकते थे। उस पर chmod 600 चलाएँ और पता करें कि किसकी पहुँच थी।
remedy-key-wrong = यह इस निर्देशिका की मुख्य कुंजी नहीं है। इस नोड के किसी बैकअप की कुंजियों से सही कुंजी उसकी जगह रखें।
remedy-directory-in-use = प्रोग्राम इस निर्देशिका पर चल रहा है। उसे रोकें, फिर पूछें।
remedy-directory-not-data = यह डेटा निर्देशिका नहीं है। --data-dir के बाद का पथ जाँचें।
remedy-directory-of-another-version = यह निर्देशिका प्रोग्राम के किसी और संस्करण ने बनाई है। वही संस्करण या उससे नया इस्तेमाल करें।
remedy-unknown = इस निर्देशिका की प्रति रखें, और इस रिपोर्ट के साथ सहायता माँगें।

problem-json-malformed = अनुरोध का मुख्य भाग JSON नहीं है।
problem-body-unreadable = मुख्य भाग अंत तक पढ़ा नहीं जा सका।
problem-idempotency-key-missing = लेखन के लिए हेडर Idempotency-Key चाहिए: क्लाइंट का चुना UUID।
problem-idempotency-key-malformed = हेडर Idempotency-Key UUID नहीं है।
problem-path-malformed = पथ में पहचान UUID नहीं है।
problem-unauthenticated = मान्य टोकन चाहिए।
problem-organisation-not-active = संगठन इस समय संघ में भाग नहीं लेता।
problem-not-entitled = इस प्रकार के संगठन यह नहीं कर सकते।
problem-purpose-not-allowed = उद्देश्य इसकी अनुमति नहीं देता।
problem-no-such-resource = इस पथ पर कुछ नहीं है।
problem-method-not-allowed = यह पथ इस विधि को नहीं लेता; हेडर Allow देखें।
problem-request-too-slow = मुख्य भाग आने में बहुत समय लगा।
problem-record-faulty = अनुरोध विवरण के अनुरूप है पर स्वयं, अभिलेख या तिथि से विरोध में है।
problem-query-malformed = प्रश्न में खोजने योग्य कुछ नहीं है।
problem-idempotency-key-reused = यह कुंजी किसी दूसरे अनुरोध में प्रयुक्त हो चुकी है।
problem-batch-refused = दस्तावेज़ों से समूह नहीं बनता।
problem-entry-too-large = अभिलेख अनुमत आकार से बड़ा है।
problem-body-too-large = मुख्य भाग इस क्रिया की सीमा से बड़ा है।
problem-media-type = मुख्य भाग application/json होना चाहिए।
problem-body-faulty = मुख्य भाग विवरण के अनुरूप नहीं; त्रुटियाँ देखें।
problem-internal = विनिमय विफल रहा; कुछ लिखा गया यह ज्ञात नहीं।
problem-not-ready = नोड तैयार नहीं है।
problem-busy = नोड पर बहुत काम है; फिर प्रयास करें।
problem-outcome-unknown = लेखन हुआ हो या न हुआ हो: उसी कुंजी से पूछें।
problem-no-key = इस नोड के पास संगठन की कुंजी नहीं है।

code-database-persons = व्यक्ति
code-database-travel-documents = यात्रा दस्तावेज़
code-purpose-criminal-investigation = आपराधिक जाँच
code-purpose-counter-terrorism = आतंकवाद-रोध
code-purpose-border-control = सीमा नियंत्रण
code-purpose-human-trafficking = मानव तस्करी
code-purpose-drug-trafficking = मादक पदार्थ तस्करी
code-purpose-humanitarian = मानवीय
code-purpose-sanctions = प्रतिबंध
code-purpose-financial-crime = वित्तीय अपराध
code-purpose-cybercrime = साइबर अपराध
code-purpose-oversight = निरीक्षण
code-purpose-exercise = अभ्यास
code-name-kind-primary = मुख्य
code-name-kind-birth = जन्म का
code-name-kind-alias = उपनाम
code-name-kind-maiden = विवाह-पूर्व
code-name-kind-patronymic = पितृनाम
code-name-kind-known-as = इस नाम से ज्ञात
code-name-kind-former = पूर्व
code-name-kind-original-script = मूल लिपि में
code-alias-strength-strong = पक्का
code-alias-strength-weak = कमज़ोर
code-person-status-wanted = वांछित
code-person-status-missing = लापता
code-person-status-victim = पीड़ित
code-person-status-witness = साक्षी
code-person-status-possible-threat = संभावित खतरा
code-person-status-dead = मृत
code-person-status-unidentified-dead = अज्ञात मृत
code-person-status-unidentified = अज्ञात
code-person-status-suspect = संदिग्ध
code-person-status-convicted = दोषसिद्ध
code-person-status-listed = सूचीबद्ध
code-document-type-passport = पासपोर्ट
code-document-type-identity-card = पहचान पत्र
code-document-type-visa = वीज़ा
code-document-type-residence-permit = निवास अनुमति
code-document-type-refugee-travel-document = शरणार्थी यात्रा दस्तावेज़
code-document-type-diplomatic-passport = राजनयिक पासपोर्ट
code-document-type-service-passport = सेवा पासपोर्ट
code-document-type-stateless-travel-document = राज्यविहीन यात्रा दस्तावेज़
code-document-type-emergency-travel-document = आपात यात्रा दस्तावेज़
code-document-type-seafarer-document = नाविक दस्तावेज़
code-document-type-crew-certificate = चालक दल प्रमाणपत्र
code-document-type-driving-licence = ड्राइविंग लाइसेंस
code-document-type-national-number = राष्ट्रीय संख्या
code-document-type-birth-certificate = जन्म प्रमाणपत्र
code-document-type-service-identity = सेवा पहचान
code-document-type-tax-number = कर संख्या
code-document-type-other = अन्य
code-fraud-type-stolen = चोरी
code-fraud-type-lost = खोया
code-fraud-type-stolen-blank = चोरी का कोरा
code-fraud-type-invalid = अमान्य
code-fraud-type-revoked = रद्द
code-classification-official-use = सरकारी उपयोग
code-classification-restricted = सीमित
code-classification-confidential = गोपनीय
