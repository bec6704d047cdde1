# Russian / русский
# This translation is machine-made and unreviewed: nobody who speaks the language has read it yet.
# The English file, en.ftl, is the one that counts.

searched-as-name = поиск по имени
searched-as-number = поиск по номеру документа
searched-as-zone = поиск по машиночитаемой зоне
no-candidate = Совпадений нет. Это ничего не говорит о списках, которых здесь нет.
remark = примечание: { $remark }
compare = сверить
weak = слабое
exercise = УЧЕБНАЯ
candidate-is = сведения, не указание к действию; запись { $record }
access = доступ { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = совпадает
relation-romanisation = транслитерация
relation-slip = описка
relation-initial = инициал
relation-joined = слитно
relation-split = раздельно
relation-asked-only = только в запросе
relation-recorded-only = только в записи
born-same-day = рождение: тот же день { $weight }
born-possible = рождение: возможно, тот же день { $weight }
born-swapped = рождение: день и месяц переставлены { $weight }
born-year = рождение: совпадает только год { $weight }
born-near = рождение: расхождение в пределах описки { $weight }
born-differs = рождение: разница { $years ->
    [one] { $years } год
    [few] { $years } года
   *[many] { $years } лет
}, скорее однофамилец { $weight }
born-same-first-of-year = рождение: тот же год, с обеих сторон указан его первым днём { $weight }
born-other-calendar = рождение: совпадает, если дату по календарю «{ $meant }» приняли за дату по календарю «{ $taken }» { $weight }
born-same-year = рождение: другой день того же года { $weight }
birth-read = дата рождения прочитана как { $date } (календарь: { $calendar })
cleared-by-birth = ОДНОФАМИЛЕЦ: исключён по дате рождения
birth-place-agrees = место рождения: совпадает с { $place } { $weight }
birth-place-differs = место рождения: не { $place } { $weight }
nationality-agrees = гражданство: совпадает { $weight }
nationality-differs = гражданство: различается { $weight }
sex-agrees = пол: совпадает { $weight }
sex-differs = пол: различается { $weight }
number-same = номер: { $kind } { $number }, { $country }
number-other-country = номер: { $kind } { $number }, но страна выдачи { $country }, а не указанная в запросе
number-no-country = номер: { $kind } { $number }, страна выдачи не указана
reference-same = обозначение в списке: { $number } ({ $source })

nothing-for-purpose = Здесь нет ничего, что эта организация может видеть с этой целью.
nothing-there = Здесь нет ничего, что эта организация может видеть.
opened-record = запись { $record }, версия { $version }
opened-holder = база { $database }, владелец { $owner } ({ $custody })
opened-terms = условия: { $terms }, оценка { $grade }, пересмотр до { $review }
opened-field = { $name }: { $value }
opened-document = документ { $kind } { $number }, { $country }: { $fraud }
opened-name = имя: { $name } ({ $kind })
opened-born = рождение: { $date }
opened-country = гражданство: { $country }
opened-holds = имеет документ: { $kind } { $number }
opened-status = статус: { $status }
opened-warning = ВНИМАНИЕ: { $warning }
opened-minor = НЕСОВЕРШЕННОЛЕТНИЙ: показывать с осторожностью
opened-sex = пол: { $sex }
opened-birth-place = место рождения: { $place }
opened-offence = деяние: { $offence }
opened-address = адрес: { $place }
opened-function = должность: { $function }
opened-description = приметы: { $description }
opened-reference = номер: { $scheme } { $number }
opened-listed = внесён в список: { $day }
opened-amended = изменено: { $day }
opened-provenance = источник: { $source } { $reference } { $edition }
opened-condition = условие: { $condition }
opened-reason = причина: { $reason }
opened-reported = дата события: { $day }
opened-signed = подписано: { $at }
opened-remark = пометка: { $remark }
opened-entry = внесение { $entry }
opened-stands = место: { $stream }, номер { $number }
opened-access = доступ { $access }
information-no-action = Сведения, не указание к действию.

holds = ВЕРНО
does-not-hold = НЕВЕРНО: { $why }
as-pinned = как закреплено
not-pinned = НЕ закреплено: укажите --genesis, чтобы знать, чьё это
proven-association = объединение { $association } ({ $pinned })
proven-stream = поток { $stream }, номер { $number }
proven-ledger = журнал: { $count ->
    [one] { $count } внесение
    [few] { $count } внесения
   *[many] { $count } внесений
}, корень { $root }
proven-registry = реестр: заявлений { $count }, последнее от { $newest }
head-attested = вершина реестра заверена для этого доказательства { $at }
head-not-attested = вершина реестра НЕ заверена: более новых заявлений может не хватать
proven-entry = внесение { $entry }

backup-made = резервная копия { $place } (файлов: { $files }, байт: { $bytes })
backup-keys = ключи { $place } - храните их отдельно: с ними копию можно прочесть
restored = восстановлено в { $place }, воплощение { $incarnation }
restored-tokens = Все прежние токены прекращены. Выдайте новые: barid admin token issue
examined = проверено { $count } { $what }
doctor-note = заметка { $place }: { $what }
doctor-fault = НЕИСПРАВНОСТЬ { $place }: [{ $code }] { $what }
doctor-to-do = что делать: { $what }
sound = исправно
not-sound = неисправно

import-counts = добавлено { $added }, изменено { $revised }, продлено { $renewed }, без изменений { $unchanged }, отозвано { $withdrawn }, отклонено { $refused }, нет базы для { $beyond }
import-broken-off = ПРЕРВАНО: { $why }. Прочитанное остаётся; исправьте файл и повторите импорт.
import-held-back = Ничего не отозвано, причина: { $why }.
import-withdrawals-held = withdrawals-held: не указаны записи, числом { $held }, больше пятой части имевшихся. Они остаются. Проверьте список; тот же импорт с --confirm-withdrawals { $held } отзовёт их.
import-rows = { $count ->
    [one] { $count } строка
    [few] { $count } строки
   *[many] { $count } строк
} отчёта; --report FILE запишет их
import-progress = строк: { $rows }, { $kib } КиБ

screen-goes-on = продолжение после строки { $rows }
screen-progress = строк: { $rows } из { $of }, { $rate } строк/с, осталось { $left }
screen-counts = проверено строк: { $rows } ({ $rate }/с); с кандидатами: { $found }, не прочитано: { $unreadable }
screen-broken-off = ПРЕРВАНО после строки { $rows }; та же команда продолжит с этого места.
text-has-nothing = В тексте не найдено никого и ничего из известного здесь.
text-is-cut = Найдено больше, чем вмещает ответ: разделите текст на части.

demo-list = Список Совета Безопасности ООН от 2026-02-27, как справочный:
demo-samples = Поиски, которые стоит попробовать, с ответами:
demo-address = API отвечает по адресу { $url }
demo-tokens-earlier = Токены были показаны при первом запуске; новый выдаёт `barid admin token issue`.
demo-tokens = Токены сотрудников учебных бюро, показаны один раз:
demo-try = Попробуйте из другого терминала:
demo-stop = Остановить: Ctrl-C.
script-latin = латиница
script-cyrillic = кириллица
script-arabic = арабский
script-persian = персидский
script-hindi = хинди
script-bengali = бенгальский
script-chinese = китайский
script-nobody = никто из списка
check-round = круг { $round }: сервер ответил через { $seconds } с
check-miss = ПРОМАХ, круг { $round }: { $typed }, ожидалось { $wanted }, получено { $got }
check-counts = успешно { $passed }, неудачно { $failed }

genesis = основание { $fingerprint }
token-issued = токен сотрудника { $officer } в { $organisation }, действует до { $until }, показан один раз:
token-until = до { $day }
token-ended = истёк { $day }
token-used = использован { $day }
token-never-used = не использован
token-revoked = отозван токен сотрудника { $officer } в { $organisation }
token-unknown = Токена с таким номером нет; список показывает `barid admin token list`.
founded = основано. Основание { $genesis }: сообщите его всем
nothing-founded = Здесь ещё ничего не учреждено.
first-tokens = Токены первых сотрудников, показаны один раз:
organisation-added = добавлена { $organisation }; узел узнает о ней при следующем запуске
organisation-suspended = участие { $organisation } приостановлено; узел узнает об этом при следующем запуске
organisation-readmitted = участие { $organisation } возобновлено; узел узнает об этом при следующем запуске
draft-hash = проект { $hash }
draft-next = Пока ничего не заявлено. Отправьте файл тем, кто хранит свои ключи, и сообщите им этот хеш другим путём.
draft-founds = основывает { $names }
draft-threshold = должны подписать { $threshold } из { $founders } основателей
draft-founder = основатель { $organisation }, ключи: { $custody }
draft-organisation = организация { $organisation }, ключи: { $custody }
draft-key = ключ организации { $organisation } ({ $usage }): { $key }
draft-key-from = действует с { $at }
draft-stated = заявлено { $issuer } в { $at } о { $subject }, случайные байты { $salt }
draft-signer = подписать ключом { $key }
sign-nothing = Ничего не подписано: укажите --key, --out и --hash, который вам сообщили.
signed-into = подписано в { $place }
public-key = открытый ключ { $key }

eval-refused = не удалось прочесть из галереи { $count ->
    [one] { $count } строку
    [few] { $count } строки
   *[many] { $count } строк
}
eval-done = имён: { $names } за { $build } с, запросов: { $queries } за { $seconds } с ({ $rate }/с), индекс { $size } МиБ
eval-text-done = Имён: { $names } за { $build } с, найдено { $finds } в { $size } МБ текста за { $seconds } с
because = причина: { $why }

remedy-bytes-changed = Сохранённые байты изменились. Проверьте диск и память этой машины, затем восстановите последнюю резервную копию в новый каталог; этот сохраните.
remedy-order-changed = Порядок потока изменился, чего не делает ни один сбой. Прежде всего скопируйте этот каталог как доказательство, сообщите секретариату, затем восстановите последнюю резервную копию в новый каталог.
remedy-proofs-fail = Доказательства оттуда не удадутся; записи и поиск целы. Восстановите последнюю резервную копию в новый каталог или продолжайте и восстановите, когда будет время.
remedy-bytes-missing = Пропали байты, которых никто не стирал. Восстановите последнюю резервную копию в новый каталог; этот сохраните.
remedy-journal-damaged = Строки о том, кто что искал, повреждены или пропали. Скопируйте этот каталог как доказательство, сообщите секретариату, затем восстановите последнюю резервную копию в новый каталог.
remedy-record-dangling = Запись указывает в никуда. Восстановите последнюю резервную копию в новый каталог.
remedy-file-damaged = Файл повреждён. Проверьте диск (его журнал ошибок, свободное место), затем восстановите последнюю резервную копию в новый каталог.
remedy-file-unreadable = Файл не читается. Проверьте, что он на месте и принадлежит пользователю, от имени которого работает программа.
remedy-key-missing = Без главного ключа ничего не открыть. Верните его из ключей последней резервной копии или укажите его место в BARID_MASTER_KEY.
remedy-key-exposed = Главный ключ могли прочитать другие. Выполните для него chmod 600 и выясните, у кого был доступ.
remedy-key-wrong = Это не главный ключ этого каталога. Положите на место верный, из ключей резервной копии этого узла.
remedy-directory-in-use = С этим каталогом работает программа. Остановите её и спросите снова.
remedy-directory-not-data = Это не каталог данных. Проверьте путь после --data-dir.
remedy-directory-of-another-version = Этот каталог создала другая версия программы. Возьмите ту версию или более новую.
remedy-unknown = Сохраните копию этого каталога и обратитесь за помощью с этим отчётом.

problem-json-malformed = Тело запроса не является JSON.
problem-body-unreadable = Тело запроса не удалось прочесть до конца.
problem-idempotency-key-missing = Для записи нужен заголовок Idempotency-Key: UUID, выбранный клиентом.
problem-idempotency-key-malformed = Заголовок Idempotency-Key не является UUID.
problem-path-malformed = Идентификатор в пути не является UUID.
problem-unauthenticated = Нужен действующий токен (bearer).
problem-organisation-not-active = Организация сейчас не участвует в объединении.
problem-not-entitled = Организациям этого вида это не разрешено.
problem-purpose-not-allowed = Цель этого не допускает.
problem-no-such-resource = По этому пути ничего нет.
problem-method-not-allowed = Этот путь не принимает такой метод; см. заголовок Allow.
problem-request-too-slow = Тело запроса поступало слишком долго.
problem-record-faulty = Запрос соответствует описанию, но противоречит сам себе, записи или дате.
problem-query-malformed = В запросе нечего искать.
problem-idempotency-key-reused = Ключ идемпотентности уже использован для другого запроса.
problem-batch-refused = Документы не составляют пакета.
problem-entry-too-large = Запись больше, чем допускается.
problem-body-too-large = Тело запроса больше, чем принимает эта операция.
problem-media-type = Тело запроса должно быть application/json.
problem-body-faulty = Тело запроса не соответствует описанию; см. ошибки.
problem-internal = Сбой обмена; неизвестно, чтобы что-либо было записано.
problem-not-ready = Узел не готов.
problem-busy = Узел перегружен; повторите попытку.
problem-outcome-unknown = Запись могла состояться или нет: спросите с тем же ключом идемпотентности.
problem-no-key = На этом узле нет ключа организации.

code-database-persons = лица
code-database-travel-documents = проездные документы
code-purpose-criminal-investigation = уголовное расследование
code-purpose-counter-terrorism = противодействие терроризму
code-purpose-border-control = пограничный контроль
code-purpose-human-trafficking = торговля людьми
code-purpose-drug-trafficking = незаконный оборот наркотиков
code-purpose-humanitarian = гуманитарная цель
code-purpose-sanctions = санкции
code-purpose-financial-crime = финансовые преступления
code-purpose-cybercrime = киберпреступность
code-purpose-oversight = надзор
code-purpose-exercise = учение
code-name-kind-primary = основное
code-name-kind-birth = при рождении
code-name-kind-alias = псевдоним
code-name-kind-maiden = девичья фамилия
code-name-kind-patronymic = отчество
code-name-kind-known-as = известен как
code-name-kind-former = прежнее
code-name-kind-original-script = в исходном письме
code-alias-strength-strong = надёжный
code-alias-strength-weak = слабый
code-person-status-wanted = в розыске
code-person-status-missing = без вести пропавший
code-person-status-victim = потерпевший
code-person-status-witness = свидетель
code-person-status-possible-threat = возможная угроза
code-person-status-dead = умерший
code-person-status-unidentified-dead = неопознанный умерший
code-person-status-unidentified = неопознанный
code-person-status-suspect = подозреваемый
code-person-status-convicted = осуждённый
code-person-status-listed = в перечне
code-document-type-passport = паспорт
code-document-type-identity-card = удостоверение личности
code-document-type-visa = виза
code-document-type-residence-permit = вид на жительство
code-document-type-refugee-travel-document = проездной документ беженца
code-document-type-diplomatic-passport = дипломатический паспорт
code-document-type-service-passport = служебный паспорт
code-document-type-stateless-travel-document = проездной документ лица без гражданства
code-document-type-emergency-travel-document = временный проездной документ
code-document-type-seafarer-document = удостоверение моряка
code-document-type-crew-certificate = удостоверение члена экипажа
code-document-type-driving-licence = водительское удостоверение
code-document-type-national-number = национальный номер
code-document-type-birth-certificate = свидетельство о рождении
code-document-type-service-identity = служебное удостоверение
code-document-type-tax-number = налоговый номер
code-document-type-other = иной
code-fraud-type-stolen = похищен
code-fraud-type-lost = утерян
code-fraud-type-stolen-blank = похищенный бланк
code-fraud-type-invalid = недействителен
code-fraud-type-revoked = отозван
code-classification-official-use = для служебного пользования
code-classification-restricted = ограниченный доступ
code-classification-confidential = конфиденциально
code-calendar-gregorian = григорианский
code-calendar-solar-hijri = солнечная хиджра
code-calendar-lunar-hijri = лунная хиджра
code-calendar-vikram-samvat = Викрам-самват
code-calendar-bengali = бенгальский
code-calendar-buddhist = буддийский
code-calendar-minguo = миньго
code-calendar-ethiopian = эфиопский
code-sex-not-known = неизвестен
code-sex-male = мужской
code-sex-female = женский
code-sex-not-applicable = неприменимо
code-warning-armed = вооружён
code-warning-violent = склонен к насилию
code-warning-escape-risk = склонен к побегу
code-warning-self-harm-risk = может причинить себе вред
code-warning-medical-need = нуждается в медицинской помощи
code-warning-infectious = заразен
code-warning-explosives = взрывчатые вещества
code-revocation-reason-holder-dead = смерть владельца
code-revocation-reason-issued-in-error = выдан ошибочно
code-revocation-reason-replaced = заменён
code-revocation-reason-damaged = повреждён
code-revocation-reason-nationality-lost = утрата гражданства
code-revocation-reason-court-order = решение суда
code-revocation-reason-series-withdrawn = серия изъята
code-revocation-reason-not-collected = не получен
code-text-find-name = имя
code-text-find-document-number = номер документа
code-text-find-machine-readable-zone = машиночитаемая зона
code-text-find-vin = VIN
code-text-find-plate = номерной знак
code-text-find-phone = телефон
code-text-find-imei = IMEI
