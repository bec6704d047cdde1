# What people are shown, in English: the file that the others are made from.
# Every message is a variant of `Text` in `src/text.rs`, where it says what it is for.
# Numbers of records, hashes and codes are the same in all languages.

searched-as-name = searched as a name
searched-as-number = searched as a document number
searched-as-zone = searched as a machine-readable zone
no-candidate = No candidate. This says nothing about lists that are not here.
remark = note: { $remark }
compare = compare
weak = weak
exercise = EXERCISE
candidate-is = information, no action; record { $record }
access = access { $access }

reason-name = { $asked } ~ { $found }: { $relation } { $likeness }
relation-same = same
relation-romanisation = romanisation
relation-slip = slip
relation-initial = initial
relation-joined = joined
relation-split = split
relation-asked-only = asked only
relation-recorded-only = recorded only
born-same-day = born: the same day { $weight }
born-possible = born: may be the same day { $weight }
born-swapped = born: day and month swapped { $weight }
born-year = born: the year alone agrees { $weight }
born-near = born: near enough for a slip { $weight }
born-differs = born: { $years ->
    [one] { $years } year
   *[other] { $years } years
} apart: more likely a namesake { $weight }
born-same-first-of-year = born: the same year, given as its first day on both sides { $weight }
born-other-calendar = born: the same if a { $meant } date was taken for a { $taken } one { $weight }
born-same-year = born: another day of the same year { $weight }
birth-read = date of birth read as { $date } ({ $calendar })
cleared-by-birth = NAMESAKE: cleared by the date of birth
birth-place-agrees = born in: agrees with { $place } { $weight }
birth-place-differs = born in: differs from { $place } { $weight }
nationality-agrees = nationality: agrees { $weight }
nationality-differs = nationality: differs { $weight }
sex-agrees = sex: agrees { $weight }
sex-differs = sex: differs { $weight }
number-same = number: { $kind } { $number } of { $country }
number-other-country = number: { $kind } { $number }, but of { $country }, not of the country asked for
number-no-country = number: { $kind } { $number }, issuing country not recorded
reference-same = reference: { $number } ({ $source })

nothing-for-purpose = Nothing there that this organisation may see for this purpose.
nothing-there = Nothing there that this organisation may see.
opened-record = record   { $record } version { $version }
opened-holder = database { $database }, owner { $owner } ({ $custody })
opened-terms = terms    { $terms }, grade { $grade }, review by { $review }
opened-field = { $name }: { $value }
opened-document = document { $kind } { $number } of { $country }: { $fraud }
opened-name = name     { $name } ({ $kind })
opened-born = born     { $date }
opened-country = of       { $country }
opened-holds = holds    { $kind } { $number }
opened-status = status   { $status }
opened-warning = WARNING  { $warning }
opened-minor = MINOR    a minor: show with care
opened-sex = sex      { $sex }
opened-birth-place = born in  { $place }
opened-offence = offence  { $offence }
opened-address = address  { $place }
opened-function = function { $function }
opened-description = looks    { $description }
opened-reference = number   { $scheme } { $number }
opened-listed = listed   { $day }
opened-amended = amended  { $day }
opened-provenance = from     { $source } { $reference } { $edition }
opened-condition = only if  { $condition }
opened-reason = because  { $reason }
opened-reported = on       { $day }
opened-signed = signed   { $at }
opened-remark = remark   { $remark }
opened-entry = entry    { $entry }
opened-stands = stands   { $stream } number { $number }
opened-access = access   { $access }
information-no-action = Information, no action.

holds = HOLDS
does-not-hold = DOES NOT HOLD: { $why }
as-pinned = as pinned
not-pinned = NOT pinned: give --genesis to know whose it is
proven-association = association  { $association } ({ $pinned })
proven-stream = stream       { $stream } number { $number }
proven-ledger = ledger       { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}, root { $root }
proven-registry = registry     { $count ->
    [one] { $count } statement
   *[other] { $count } statements
}, the newest of { $newest }
head-attested = its head     attested for this proof at { $at }
head-not-attested = its head     registry head NOT attested: newer statements may be missing
proven-entry = entry { $entry }

backup-made = backup { $place } ({ $files } files, { $bytes } bytes)
backup-keys = keys   { $place } - keep them elsewhere: with them the backup can be read
restored = restored { $place } as incarnation { $incarnation }
restored-tokens = All tokens of before have ended. Issue new ones: barid admin token issue
examined = examined { $count } { $what }
doctor-note = note     { $place }: { $what }
doctor-fault = FAULT    { $place }: [{ $code }] { $what }
doctor-to-do = to do    { $what }
sound = sound
not-sound = not sound

import-counts = added { $added }, revised { $revised }, renewed { $renewed }, unchanged { $unchanged }, withdrawn { $withdrawn }, refused { $refused }, no database for { $beyond }
import-broken-off = BROKEN OFF: { $why }. What was read stands; mend the file and import it again.
import-held-back = Nothing was withdrawn, because { $why }.
import-withdrawals-held = withdrawals-held: { $held } records are left out, more than a fifth of what was held. They stand. Look at the list; the same import with --confirm-withdrawals { $held } withdraws them.
import-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
} of the report; --report FILE writes them
import-progress = { $rows } rows, { $kib } KiB

screen-goes-on = goes on behind row { $rows }
screen-progress = { $rows } of { $of } rows, { $rate } rows/s, { $left } left
screen-counts = screened { $rows } rows ({ $rate }/s): { $found } with candidates, { $unreadable } unreadable
screen-broken-off = BROKEN OFF behind row { $rows }; the same command goes on there.
text-has-nothing = Nobody and nothing that is known here was found in the text.
text-is-cut = More was found than an answer holds: cut the text into smaller ones.

demo-list = UN Security Council list of 2026-02-27, held as reference:
demo-samples = Searches worth trying, with their answers:
demo-address = The API answers at { $url }
demo-tokens-earlier = Tokens were shown at the first start; `barid admin token issue` makes another.
demo-tokens = Tokens of an officer at each exercise bureau, shown this once:
demo-try = Try it from another terminal:
demo-stop = Stop it with Ctrl-C.
script-latin = Latin
script-cyrillic = Cyrillic
script-arabic = Arabic
script-persian = Persian
script-hindi = Hindi
script-bengali = Bengali
script-chinese = Chinese
script-nobody = nobody
check-round = round { $round }: server answered after { $seconds } s
check-miss = MISS round { $round }: { $typed } wanted { $wanted }, got { $got }
check-counts = { $passed } passed, { $failed } failed

genesis = genesis { $fingerprint }
token-issued = token of { $officer } at { $organisation }, good until { $until }, shown this once:
token-until = until { $day }
token-ended = ended { $day }
token-used = used { $day }
token-never-used = never used
token-revoked = taken back: the token of { $officer } at { $organisation }
token-unknown = No token of that id; `barid admin token list` shows them.
founded = founded. Genesis { $genesis }: tell it to everybody
nothing-founded = Nothing is founded here yet.
first-tokens = Tokens of the first officers, shown this once:
organisation-added = added { $organisation }; the node knows it from its next start on
organisation-suspended = suspended { $organisation }; the node knows it from its next start on
organisation-readmitted = readmitted { $organisation }; the node knows it from its next start on
draft-hash = draft { $hash }
draft-next = Nothing is stated yet. Send the file to those who keep their keys, and tell them this hash another way.
draft-founds = founds { $names }
draft-threshold = { $threshold } of { $founders } founders must sign
draft-founder = founder { $organisation }, keys: { $custody }
draft-organisation = organisation { $organisation }, keys: { $custody }
draft-key = key of { $organisation } ({ $usage }): { $key }
draft-key-from = valid from { $at }
draft-stated = stated by { $issuer } at { $at } about { $subject }, random bytes { $salt }
draft-signer = to be signed with key { $key }
sign-nothing = Nothing is signed: give --key, --out, and --hash as you were told it.
signed-into = signed into { $place }
public-key = public key { $key }

eval-refused = { $count ->
    [one] { $count } row
   *[other] { $count } rows
} of the gallery could not be read
eval-done = { $names } names indexed in { $build } s, { $queries } queries in { $seconds } s ({ $rate }/s), index { $size } MiB
eval-text-done = { $names } names indexed in { $build } s, { $finds } finds in { $size } MB of text in { $seconds } s
because = because: { $why }

# What to do about what the doctor found, by the name of the remedy; in English it is the table in crates/store.
remedy-bytes-changed = Stored bytes changed. Check the disk and the memory of this machine, then restore the last backup into a new directory; keep this one.
remedy-order-changed = The order of a stream changed, which no crash does. Copy this directory away as evidence before anything else, tell the secretariat, then restore the last backup into a new directory.
remedy-proofs-fail = Proofs from there will fail; records and searches are whole. Restore the last backup into a new directory, or go on and restore when there is time.
remedy-bytes-missing = Bytes are gone that nobody erased. Restore the last backup into a new directory; keep this one.
remedy-journal-damaged = Lines of who searched what are damaged or gone. Copy this directory away as evidence, tell the secretariat, then restore the last backup into a new directory.
remedy-record-dangling = A record points at nothing. Restore the last backup into a new directory.
remedy-file-damaged = A file is damaged. Check the disk (its own error log, free space), then restore the last backup into a new directory.
remedy-file-unreadable = A file can't be read. Check that it is there and belongs to the user that runs the program.
remedy-key-missing = Nothing opens without the master key. Put it back from the keys of the last backup, or name its place with BARID_MASTER_KEY.
remedy-key-exposed = Others could read the master key. Run chmod 600 on it and find out who had access.
remedy-key-wrong = This is not the master key of this directory. Put the right one in place, from the keys of a backup of this node.
remedy-directory-in-use = The program runs on this directory. Stop it, then ask again.
remedy-directory-not-data = This is no data directory. Check the path after --data-dir.
remedy-directory-of-another-version = Another version of the program made this directory. Use that version, or a newer one.
remedy-unknown = Keep a copy of this directory, and ask for help with this report.

# The titles of problems, by their codes; in English they are those of the table in crates/api.
problem-json-malformed = The body is not JSON.
problem-body-unreadable = The body could not be read to its end.
problem-idempotency-key-missing = A write needs the header Idempotency-Key, a UUID chosen by the client.
problem-idempotency-key-malformed = The header Idempotency-Key is not a UUID.
problem-path-malformed = The identifier in the path is not a UUID.
problem-unauthenticated = A valid bearer token is needed.
problem-organisation-not-active = The organisation does not take part in the association now.
problem-not-entitled = Organisations of this kind may not do this.
problem-purpose-not-allowed = The purpose does not allow this.
problem-no-such-resource = There is nothing under this path.
problem-method-not-allowed = The method is not one of this path; see the header Allow.
problem-request-too-slow = The body took too long to arrive.
problem-record-faulty = The request fits the description but contradicts itself, the record or the day.
problem-query-malformed = There is nothing in the query to search for.
problem-idempotency-key-reused = The idempotency key was used for another request.
problem-batch-refused = The documents do not make a batch.
problem-entry-too-large = The record is larger than an entry may be.
problem-body-too-large = The body is larger than this operation takes.
problem-media-type = The body must be application/json.
problem-body-faulty = The body does not fit the description; see the faults.
problem-internal = The exchange failed; nothing is known to be written.
problem-not-ready = The node is not ready.
problem-busy = The node has too much to do; try again.
problem-outcome-unknown = The write may or may not have landed: ask with the same idempotency key.
problem-no-key = This node does not hold the organisation's key.

# The names of codes that a record shows, by list and code; in English they are the codes.
code-database-persons = persons
code-database-travel-documents = travel-documents
code-purpose-criminal-investigation = criminal-investigation
code-purpose-counter-terrorism = counter-terrorism
code-purpose-border-control = border-control
code-purpose-human-trafficking = human-trafficking
code-purpose-drug-trafficking = drug-trafficking
code-purpose-humanitarian = humanitarian
code-purpose-sanctions = sanctions
code-purpose-financial-crime = financial-crime
code-purpose-cybercrime = cybercrime
code-purpose-oversight = oversight
code-purpose-exercise = exercise
code-name-kind-primary = primary
code-name-kind-birth = birth
code-name-kind-alias = alias
code-name-kind-maiden = maiden
code-name-kind-patronymic = patronymic
code-name-kind-known-as = known-as
code-name-kind-former = former
code-name-kind-original-script = original-script
code-alias-strength-strong = strong
code-alias-strength-weak = weak
code-person-status-wanted = wanted
code-person-status-missing = missing
code-person-status-victim = victim
code-person-status-witness = witness
code-person-status-possible-threat = possible-threat
code-person-status-dead = dead
code-person-status-unidentified-dead = unidentified-dead
code-person-status-unidentified = unidentified
code-person-status-suspect = suspect
code-person-status-convicted = convicted
code-person-status-listed = listed
code-document-type-passport = passport
code-document-type-identity-card = identity-card
code-document-type-visa = visa
code-document-type-residence-permit = residence-permit
code-document-type-refugee-travel-document = refugee-travel-document
code-document-type-diplomatic-passport = diplomatic-passport
code-document-type-service-passport = service-passport
code-document-type-stateless-travel-document = stateless-travel-document
code-document-type-emergency-travel-document = emergency-travel-document
code-document-type-seafarer-document = seafarer-document
code-document-type-crew-certificate = crew-certificate
code-document-type-driving-licence = driving-licence
code-document-type-national-number = national-number
code-document-type-birth-certificate = birth-certificate
code-document-type-service-identity = service-identity
code-document-type-tax-number = tax-number
code-document-type-other = other
code-fraud-type-stolen = stolen
code-fraud-type-lost = lost
code-fraud-type-stolen-blank = stolen-blank
code-fraud-type-invalid = invalid
code-fraud-type-revoked = revoked
code-classification-official-use = official-use
code-classification-restricted = restricted
code-classification-confidential = confidential
code-calendar-gregorian = Gregorian
code-calendar-solar-hijri = Solar Hijri
code-calendar-lunar-hijri = lunar Hijri
code-calendar-vikram-samvat = Vikram Samvat
code-calendar-bengali = Bengali
code-calendar-buddhist = Buddhist
code-calendar-minguo = Minguo
code-calendar-ethiopian = Ethiopian
code-sex-not-known = not-known
code-sex-male = male
code-sex-female = female
code-sex-not-applicable = not-applicable
code-warning-armed = armed
code-warning-violent = violent
code-warning-escape-risk = escape-risk
code-warning-self-harm-risk = self-harm-risk
code-warning-medical-need = medical-need
code-warning-infectious = infectious
code-warning-explosives = explosives
code-revocation-reason-holder-dead = holder-dead
code-revocation-reason-issued-in-error = issued-in-error
code-revocation-reason-replaced = replaced
code-revocation-reason-damaged = damaged
code-revocation-reason-nationality-lost = nationality-lost
code-revocation-reason-court-order = court-order
code-revocation-reason-series-withdrawn = series-withdrawn
code-revocation-reason-not-collected = not-collected
code-text-find-name = name
code-text-find-document-number = document-number
code-text-find-machine-readable-zone = machine-readable-zone
code-text-find-vin = vin
code-text-find-plate = plate
code-text-find-phone = phone
code-text-find-imei = imei
