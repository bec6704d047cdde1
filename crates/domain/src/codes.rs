//! Code lists: closed, versioned vocabularies whose numbers go into signed bytes and whose names go into the API.
//!
//! A number, once given, keeps its meaning for ever; a code can be deprecated, never removed. A number that this
//! version doesn't know is kept as `Unlisted`, shown, and never acted on. Labels for people live in the language
//! catalogues.

/// Is a code list: what every enum made by `code_list!` offers.
pub trait CodeList: Sized + Copy + 'static {
    /// The name of the list, as in the documentation.
    const LIST: &'static str;
    /// Every code this version knows, with its name.
    const LISTED: &'static [(Self, &'static str)];
    /// The number that goes into signed bytes.
    fn number(self) -> u16;
    /// Finds a code by its number; numbers this version doesn't know become `Unlisted`.
    fn from_number(number: u16) -> Self;
    /// Finds a code by its name; `None` for names this version doesn't know.
    fn from_name(name: &str) -> Option<Self> {
        Self::LISTED.iter().find(|(_, listed)| *listed == name).map(|(code, _)| *code)
    }
}

macro_rules! code_list {
    ($(#[$doc:meta])* $name:ident, $list:literal { $($(#[$vdoc:meta])* $number:literal $variant:ident $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A code of a later version: kept and shown, never acted on.
            Unlisted(u16),
        }
        impl CodeList for $name {
            const LIST: &'static str = $list;
            const LISTED: &'static [(Self, &'static str)] = &[$((Self::$variant, $text),)+];
            fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)+ Self::Unlisted(number) => number }
            }
            fn from_number(number: u16) -> Self {
                match number { $($number => Self::$variant,)+ other => Self::Unlisted(other) }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant => f.pad($text),)+
                    Self::Unlisted(number) => write!(f, "code-{number}"),
                }
            }
        }
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C)
                -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u16(self.number())?;
                Ok(())
            }
        }
        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Ok(Self::from_number(d.u16()?))
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_name(&text)
                    .ok_or_else(|| serde::de::Error::custom(concat!("not a code of the list ", $list)))
            }
        }
    };
}

code_list!(
    /// Is a kind of record, kept and granted as one database.
    Database, "database" {
        /// Wanted, missing, dead, unidentified and other persons.
        1 Persons "persons",
        /// Stolen, lost, blank, invalid and revoked travel documents.
        2 TravelDocuments "travel-documents",
        /// Vehicles, trailers and machines.
        3 Vehicles "vehicles",
        /// Ships and boats.
        4 Vessels "vessels",
        /// Aircraft.
        5 Aircraft "aircraft",
        /// Firearms.
        6 Firearms "firearms",
        /// Documents that nobody travels on: licences, certificates, permits, and blanks of them.
        7 AdministrativeDocuments "administrative-documents",
        /// Works of art and cultural goods.
        8 WorksOfArt "works-of-art",
        /// Seizures and incidents.
        9 Incidents "incidents",
        /// Cash, bank accounts and wallets.
        10 CashAndAccounts "cash-and-accounts",
        /// Groups: organisations, companies, charities, banks, armed groups, networks.
        11 OrganisationsAndNetworks "organisations-and-networks",
        /// What is stated about two records of other databases.
        12 Links "links",
    }
);
code_list!(
    /// Is what an object or an organisation is told apart by.
    IdentifierKind, "identifier-kind" {
        /// The number on a vehicle's frame: a vehicle identification number (ISO 3779), or what stood there before 1981.
        1 Vin "vin",
        /// A number plate.
        2 Plate "plate",
        /// The number on an engine.
        3 Engine "engine",
        /// A ship's number (IMO Resolution A.1117(30)).
        4 Imo "imo",
        /// A craft's hull number (ISO 10087).
        5 Hin "hin",
        /// A maritime mobile service identity (ITU-R M.585).
        6 Mmsi "mmsi",
        /// A radio call sign (ITU Radio Regulations, article 19).
        7 CallSign "call-sign",
        /// The name painted on a ship or boat.
        8 VesselName "vessel-name",
        /// An aircraft's registration mark (ICAO Annex 7).
        9 AircraftMark "aircraft-mark",
        /// An aircraft's 24-bit address (ICAO Annex 10, volume III).
        10 AircraftAddress "aircraft-address",
        /// The number that its maker put on a thing.
        11 Serial "serial",
        /// The number of a document.
        12 DocumentNumber "document-number",
        /// The number in the inventory of a museum, a collection or a catalogue.
        13 Inventory "inventory",
        /// The number of a case or a seizure.
        14 Case "case",
        /// An international bank account number (ISO 13616).
        15 Iban "iban",
        /// Another account number.
        16 Account "account",
        /// An address on a ledger of crypto-assets.
        17 Wallet "wallet",
        /// The number on a banknote.
        18 Banknote "banknote",
        /// An international telephone number (ITU-T E.164).
        19 Phone "phone",
        /// The number of a mobile device (3GPP TS 23.003).
        20 Imei "imei",
        /// The number of a company, a charity or a taxpayer in a register.
        21 Registration "registration",
        /// A legal entity identifier (ISO 17442).
        22 Lei "lei",
        /// A business identifier code (ISO 9362), as banks have it.
        23 Bic "bic",
        /// The number of a company that owns or manages ships (IMO Resolution MSC.160(78)).
        24 ImoCompany "imo-company",
        /// An address of electronic mail.
        25 Email "email",
        /// The address of a site on the web.
        26 Website "website",
        /// The reference by which the source of a record speaks of it.
        27 Reference "reference",
    }
);
code_list!(
    /// Is why a record is held and why a search is made; both are mandatory.
    Purpose, "purpose" {
        /// Finding persons wanted for serious ordinary-law crime.
        1 CriminalInvestigation "criminal-investigation",
        /// Terrorism and violent extremism.
        2 CounterTerrorism "counter-terrorism",
        /// Control at a border crossing.
        3 BorderControl "border-control",
        /// Kidnapping and trafficking in human beings.
        4 HumanTrafficking "human-trafficking",
        /// Production of, and trafficking in, drugs.
        5 DrugTrafficking "drug-trafficking",
        /// Missing persons, victims, unidentified dead: help to persons.
        6 Humanitarian "humanitarian",
        /// Measures of the United Nations Security Council.
        7 Sanctions "sanctions",
        /// Fraud, laundering and the assets of crime.
        8 FinancialCrime "financial-crime",
        /// Crime committed through or against information systems.
        9 Cybercrime "cybercrime",
        /// Checking the exchange itself: data protection, audit, the commission.
        10 Oversight "oversight",
        /// Exercises with marked exercise records only.
        11 Exercise "exercise",
        /// Comparing with the lists of one state or of a group of states, which bind no other: asked for by itself.
        12 OutsideReference "outside-reference",
    }
);
code_list!(
    /// Says what a person's name is.
    NameKind, "name-kind" {
        /// The name on the person's own documents.
        1 Primary "primary",
        /// The name given at birth.
        2 Birth "birth",
        /// Another name the person uses or used.
        3 Alias "alias",
        /// The surname before marriage.
        4 Maiden "maiden",
        /// The name with the father's name.
        5 Patronymic "patronymic",
        /// What others call the person: call sign, nickname, nom de guerre.
        6 KnownAs "known-as",
        /// A name formerly borne.
        7 Former "former",
        /// The primary name in its own script, where the source gives it apart.
        8 OriginalScript "original-script",
    }
);
code_list!(
    /// Says how much an alias is worth, as its source states it.
    AliasStrength, "alias-strength" {
        /// Enough to identify the person by itself.
        1 Strong "strong",
        /// Too common or too vague to identify by itself.
        2 Weak "weak",
    }
);
code_list!(
    /// Is a person's sex by ISO/IEC 5218.
    Sex, "sex" {
        /// Not known.
        0 NotKnown "not-known",
        /// Male.
        1 Male "male",
        /// Female.
        2 Female "female",
        /// Not applicable.
        9 NotApplicable "not-applicable",
    }
);
code_list!(
    /// States what is known of a person; it asks for nothing.
    PersonStatus, "person-status" {
        /// Wanted under a warrant of the owner.
        1 Wanted "wanted",
        /// Missing, whereabouts unknown.
        2 Missing "missing",
        /// Victim of a crime.
        3 Victim "victim",
        /// Witness of a crime.
        4 Witness "witness",
        /// Possible threat to public safety.
        5 PossibleThreat "possible-threat",
        /// Dead, identity known.
        6 Dead "dead",
        /// Dead, identity unknown.
        7 UnidentifiedDead "unidentified-dead",
        /// Unable to say who they are.
        8 Unidentified "unidentified",
        /// Suspected of an offence.
        9 Suspect "suspect",
        /// Convicted of an offence.
        10 Convicted "convicted",
        /// Named by an outside list kept as reference; of no police effect by itself.
        11 Listed "listed",
    }
);
code_list!(
    /// Is an offence, by crime area (hundreds) and offence (units).
    Offence, "offence" {
        /// Terrorism and extremism, unspecified.
        100 Terrorism "terrorism",
        /// Membership of a terrorist group.
        101 TerroristMembership "terrorism.membership",
        /// Financing of terrorism.
        102 TerroristFinancing "terrorism.financing",
        /// Recruitment or training for terrorism.
        103 TerroristRecruitment "terrorism.recruitment",
        /// An attack or its preparation.
        104 TerroristAttack "terrorism.attack",
        /// Travel for the purpose of terrorism.
        105 TerroristTravel "terrorism.travel",
        /// Violent extremism, incitement.
        106 ViolentExtremism "terrorism.extremism",
        /// Trafficking in human beings.
        200 HumanTrafficking "trafficking-in-persons",
        /// Kidnapping and hostage taking.
        201 Kidnapping "kidnapping",
        /// Abduction of a child.
        202 ChildAbduction "kidnapping.child",
        /// Smuggling of migrants.
        203 MigrantSmuggling "migrant-smuggling",
        /// Sexual exploitation.
        204 SexualExploitation "sexual-exploitation",
        /// Financial crime, unspecified.
        300 FinancialCrime "financial-crime",
        /// Money laundering.
        301 MoneyLaundering "financial-crime.laundering",
        /// Fraud.
        302 Fraud "financial-crime.fraud",
        /// Corruption.
        303 Corruption "financial-crime.corruption",
        /// Counterfeiting of money.
        304 Counterfeiting "financial-crime.counterfeiting",
        /// Drugs, unspecified.
        400 Drugs "drugs",
        /// Trafficking in drugs.
        401 DrugTrafficking "drugs.trafficking",
        /// Production of drugs.
        402 DrugProduction "drugs.production",
        /// Diversion of precursors.
        403 Precursors "drugs.precursors",
        /// Organised crime, unspecified.
        500 OrganisedCrime "organised-crime",
        /// Murder, grievous bodily harm.
        501 Murder "organised-crime.murder",
        /// Robbery and extortion.
        502 Robbery "organised-crime.robbery",
        /// Trafficking in firearms.
        503 FirearmsTrafficking "organised-crime.firearms",
        /// Trafficking in stolen vehicles.
        504 VehicleCrime "organised-crime.vehicles",
        /// Forgery of documents.
        505 DocumentForgery "organised-crime.document-forgery",
        /// Cybercrime, unspecified.
        600 Cybercrime "cybercrime",
        /// Intrusion into information systems.
        601 Intrusion "cybercrime.intrusion",
        /// Ransomware and extortion through information systems.
        602 Ransomware "cybercrime.ransomware",
        /// Abuse of children through information systems.
        603 ChildAbuseOnline "cybercrime.child-abuse",
    }
);
code_list!(
    /// Warns an officer who meets the person.
    Warning, "warning" {
        /// Armed.
        1 Armed "armed",
        /// Violent.
        2 Violent "violent",
        /// Likely to escape.
        3 EscapeRisk "escape-risk",
        /// Likely to harm themselves.
        4 SelfHarmRisk "self-harm-risk",
        /// In need of medicine or care.
        5 MedicalNeed "medical-need",
        /// Carries an infectious disease that needs precautions.
        6 Infectious "infectious",
        /// Handles explosives.
        7 Explosives "explosives",
    }
);
code_list!(
    /// Is the type of an identity or travel document.
    DocumentType, "document-type" {
        /// Passport.
        1 Passport "passport",
        /// National identity card.
        2 IdentityCard "identity-card",
        /// Visa.
        3 Visa "visa",
        /// Residence permit.
        4 ResidencePermit "residence-permit",
        /// Refugee travel document (Convention of 1951).
        5 RefugeeTravelDocument "refugee-travel-document",
        /// Diplomatic passport.
        6 DiplomaticPassport "diplomatic-passport",
        /// Service or official passport.
        7 ServicePassport "service-passport",
        /// Travel document of a stateless person (Convention of 1954).
        8 StatelessTravelDocument "stateless-travel-document",
        /// Emergency travel document, laissez-passer.
        9 EmergencyTravelDocument "emergency-travel-document",
        /// Seafarer's identity document.
        10 SeafarerDocument "seafarer-document",
        /// Crew member certificate.
        11 CrewCertificate "crew-certificate",
        /// Driving licence.
        12 DrivingLicence "driving-licence",
        /// A national identification number without a document.
        13 NationalNumber "national-number",
        /// Birth certificate.
        14 BirthCertificate "birth-certificate",
        /// Military or police identity document.
        15 ServiceIdentity "service-identity",
        /// A tax number.
        16 TaxNumber "tax-number",
        /// Another document, named in its note.
        17 Other "other",
    }
);
code_list!(
    /// Says what befell a travel document.
    FraudType, "fraud-type" {
        /// Stolen from its holder.
        1 Stolen "stolen",
        /// Lost by its holder.
        2 Lost "lost",
        /// Stolen before it was issued.
        3 StolenBlank "stolen-blank",
        /// Invalidated by its issuer.
        4 Invalid "invalid",
        /// Revoked by its issuer.
        5 Revoked "revoked",
    }
);
code_list!(
    /// Says why an issuer invalidated or revoked a document; a wish to stop a person is not on the list.
    RevocationReason, "revocation-reason" {
        /// The holder died.
        1 HolderDead "holder-dead",
        /// Issued in error or on false statements.
        2 IssuedInError "issued-in-error",
        /// Replaced by another document.
        3 Replaced "replaced",
        /// Damaged beyond use.
        4 Damaged "damaged",
        /// The holder no longer has the nationality.
        5 NationalityLost "nationality-lost",
        /// By order of a court, named in the reference.
        6 CourtOrder "court-order",
        /// A whole series withdrawn for a fault of production.
        7 SeriesWithdrawn "series-withdrawn",
        /// Not collected by its applicant.
        8 NotCollected "not-collected",
    }
);
code_list!(
    /// Is a handling code (Europol manual on law enforcement information exchange): what may be done with a record.
    Handling, "handling" {
        /// For preventing and combating crime only.
        0 H0 "H0",
        /// Not in judicial proceedings without the owner's permission.
        1 H1 "H1",
        /// Not passed on without the owner's permission.
        2 H2 "H2",
        /// Other restrictions, given as text.
        3 H3 "H3",
    }
);
code_list!(
    /// Is a classification level of the exchange.
    Classification, "classification" {
        /// For official use.
        1 OfficialUse "official-use",
        /// Restricted.
        2 Restricted "restricted",
        /// Confidential.
        3 Confidential "confidential",
    }
);
code_list!(
    /// Grades a source (Regulation (EU) 2016/794, article 29(1)).
    SourceGrade, "source-grade" {
        /// No doubt about authenticity, trustworthiness and competence, or proved reliable in all instances.
        1 A "A",
        /// Proved reliable in most instances.
        2 B "B",
        /// Proved unreliable in most instances.
        3 C "C",
        /// Reliability can't be assessed.
        4 X "X",
    }
);
code_list!(
    /// Grades a piece of information (Regulation (EU) 2016/794, article 29(2)).
    InformationGrade, "information-grade" {
        /// Accuracy not in doubt.
        1 One "1",
        /// Known personally to the source, not to the official passing it on.
        2 Two "2",
        /// Not known personally to the source, corroborated by other information.
        3 Three "3",
        /// Not known personally to the source, not corroborated.
        4 Four "4",
    }
);
code_list!(
    /// Says how exact a date is.
    DatePrecision, "date-precision" {
        /// The very day.
        1 Day "day",
        /// Some day of the month.
        2 Month "month",
        /// Some day of the year.
        3 Year "year",
        /// About: the source says circa.
        4 Approximate "approximate",
        /// Between two dates, both named by the source.
        5 Between "between",
    }
);
code_list!(
    /// Is the kind of an organisation.
    OrganisationKind, "organisation-kind" {
        /// A national central bureau.
        1 Bureau "bureau",
        /// An international entity with access by agreement.
        2 Partner "partner",
        /// The secretariat of the association.
        3 Secretariat "secretariat",
        /// The independent commission.
        4 Commission "commission",
        /// A national entity under a bureau.
        5 NationalEntity "national-entity",
    }
);
code_list!(
    /// Says why an owner withdraws a record.
    WithdrawalReason, "withdrawal-reason" {
        /// The purpose is met.
        1 PurposeMet "purpose-met",
        /// The record was wrong.
        2 Mistaken "mistaken",
        /// The source took it off its list.
        3 Delisted "delisted",
        /// A court or the commission ordered it.
        4 Ordered "ordered",
        /// Its time is over.
        5 Expired "expired",
        /// The document was found.
        6 Recovered "recovered",
        /// Another record stands for it.
        7 Replaced "replaced",
    }
);
pub(crate) use code_list;

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: CodeList + PartialEq + std::fmt::Debug + std::fmt::Display>() {
        for (code, name) in T::LISTED {
            assert_eq!(T::from_number(code.number()), *code, "{}", T::LIST);
            assert_eq!(T::from_name(name), Some(*code), "{}", T::LIST);
            assert_eq!(&code.to_string(), name);
        }
    }

    #[test]
    fn every_code_is_found_by_its_number_and_by_its_name() {
        check::<Database>();
        check::<Purpose>();
        check::<NameKind>();
        check::<Sex>();
        check::<PersonStatus>();
        check::<Offence>();
        check::<Warning>();
        check::<DocumentType>();
        check::<FraudType>();
        check::<RevocationReason>();
        check::<Handling>();
        check::<Classification>();
        check::<OrganisationKind>();
        check::<WithdrawalReason>();
        check::<IdentifierKind>();
    }

    #[test]
    fn a_number_of_a_later_version_is_kept_and_its_name_is_not_accepted_from_outside() {
        let later = PersonStatus::from_number(999);
        assert_eq!(later, PersonStatus::Unlisted(999));
        assert_eq!(later.number(), 999);
        assert_eq!(PersonStatus::from_name(&later.to_string()), None);
    }
}
