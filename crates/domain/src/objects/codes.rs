//! Code lists of the databases of objects.

use crate::codes::{CodeList, code_list};

code_list!(
    /// States what befell an object; it asks for nothing.
    ObjectStatus, "object-status" {
        /// Stolen.
        1 Stolen "stolen",
        /// Lost or missing.
        2 Lost "lost",
        /// Embezzled: not given back by who had it lawfully.
        3 Embezzled "embezzled",
        /// Named in proceedings as an object of evidence.
        4 Evidence "evidence",
        /// Used in, or tied to, a crime.
        5 Involved "involved",
        /// Forged, or its numbers altered.
        6 Forged "forged",
        /// Invalidated by whoever issued it.
        7 Invalidated "invalidated",
        /// Found, its owner unknown.
        8 Found "found",
        /// Seized.
        9 Seized "seized",
        /// Stolen before it was made out to anybody.
        10 StolenBlank "stolen-blank",
        /// Named by an outside list kept as reference; of no police effect by itself.
        11 Listed "listed",
    }
);
code_list!(
    /// Is a kind of vehicle.
    VehicleKind, "vehicle-kind" {
        /// A passenger car.
        1 Car "car",
        /// A motorcycle, moped or scooter.
        2 Motorcycle "motorcycle",
        /// A van or light truck, up to 3.5 t.
        3 Van "van",
        /// A truck or tractor unit over 3.5 t.
        4 Truck "truck",
        /// A bus or coach.
        5 Bus "bus",
        /// A trailer or semi-trailer.
        6 Trailer "trailer",
        /// A caravan or motor home.
        7 Caravan "caravan",
        /// A machine for farming or forestry.
        8 AgriculturalMachine "agricultural-machine",
        /// A machine for building.
        9 ConstructionMachine "construction-machine",
        /// A container.
        10 Container "container",
        /// Another vehicle.
        11 Other "other",
    }
);
code_list!(
    /// Is a colour.
    Colour, "colour" {
        /// Black.
        1 Black "black",
        /// White.
        2 White "white",
        /// Grey.
        3 Grey "grey",
        /// Silver.
        4 Silver "silver",
        /// Red.
        5 Red "red",
        /// Blue.
        6 Blue "blue",
        /// Green.
        7 Green "green",
        /// Yellow.
        8 Yellow "yellow",
        /// Orange.
        9 Orange "orange",
        /// Brown.
        10 Brown "brown",
        /// Beige.
        11 Beige "beige",
        /// Violet.
        12 Violet "violet",
        /// Pink.
        13 Pink "pink",
        /// Gold.
        14 Gold "gold",
        /// Of several colours.
        15 Mixed "mixed",
    }
);
code_list!(
    /// Is a kind of ship or boat.
    VesselKind, "vessel-kind" {
        /// A cargo ship.
        1 Cargo "cargo",
        /// A tanker.
        2 Tanker "tanker",
        /// A passenger ship or ferry.
        3 Passenger "passenger",
        /// A fishing vessel.
        4 Fishing "fishing",
        /// A sailing yacht.
        5 Sailing "sailing",
        /// A motor yacht or motor boat.
        6 MotorBoat "motor-boat",
        /// An inflatable boat.
        7 Inflatable "inflatable",
        /// A personal watercraft.
        8 PersonalWatercraft "personal-watercraft",
        /// A tug or another working vessel.
        9 Working "working",
        /// A submersible.
        10 Submersible "submersible",
        /// Another one.
        11 Other "other",
    }
);
code_list!(
    /// Is a kind of aircraft.
    AircraftKind, "aircraft-kind" {
        /// An aeroplane.
        1 Aeroplane "aeroplane",
        /// A helicopter.
        2 Helicopter "helicopter",
        /// A glider.
        3 Glider "glider",
        /// A balloon or airship.
        4 Balloon "balloon",
        /// An ultralight or microlight.
        5 Ultralight "ultralight",
        /// An unmanned aircraft.
        6 Unmanned "unmanned",
        /// Another one.
        7 Other "other",
    }
);
code_list!(
    /// Is a kind of firearm.
    FirearmKind, "firearm-kind" {
        /// A pistol.
        1 Pistol "pistol",
        /// A revolver.
        2 Revolver "revolver",
        /// A rifle or carbine.
        3 Rifle "rifle",
        /// A shotgun.
        4 Shotgun "shotgun",
        /// A submachine gun.
        5 SubmachineGun "submachine-gun",
        /// A machine gun.
        6 MachineGun "machine-gun",
        /// A gas, alarm or signal weapon, also one that was converted.
        7 GasOrAlarm "gas-or-alarm",
        /// A grenade or rocket launcher.
        8 Launcher "launcher",
        /// An essential part: frame, receiver, barrel, slide, bolt.
        9 Part "part",
        /// Another one.
        10 Other "other",
    }
);
code_list!(
    /// Is a kind of document that nobody travels on.
    AdministrativeDocumentKind, "administrative-document-kind" {
        /// A driving licence.
        1 DrivingLicence "driving-licence",
        /// A certificate of a vehicle's registration.
        2 VehicleRegistration "vehicle-registration",
        /// A certificate of birth, marriage or death.
        3 CivilStatus "civil-status",
        /// A residence or work permit.
        4 Permit "permit",
        /// An identity card of a service or an office.
        5 ServiceCard "service-card",
        /// A diploma or certificate of schooling.
        6 Diploma "diploma",
        /// A licence to hold or carry weapons.
        7 WeaponLicence "weapon-licence",
        /// A certificate of insurance.
        8 Insurance "insurance",
        /// A paper with an office's head, or its stamp.
        9 LetterheadOrStamp "letterhead-or-stamp",
        /// A visa sticker or another sheet that is stuck in.
        10 Sticker "sticker",
        /// A national identity card.
        11 IdentityCard "identity-card",
        /// Another one.
        12 Other "other",
    }
);
code_list!(
    /// Is a kind of work of art or cultural good (Object ID: type of object).
    WorkOfArtKind, "work-of-art-kind" {
        /// A painting.
        1 Painting "painting",
        /// A drawing or print.
        2 DrawingOrPrint "drawing-or-print",
        /// A sculpture.
        3 Sculpture "sculpture",
        /// An archaeological find.
        4 ArchaeologicalFind "archaeological-find",
        /// Coins or medals.
        5 Coin "coin",
        /// A book, manuscript or map.
        6 BookOrManuscript "book-or-manuscript",
        /// A religious object, an icon.
        7 Religious "religious",
        /// A carpet or textile.
        8 Textile "textile",
        /// Ceramics or glass.
        9 CeramicsOrGlass "ceramics-or-glass",
        /// Jewellery, gold or silver work.
        10 Jewellery "jewellery",
        /// Furniture or a clock.
        11 Furniture "furniture",
        /// A musical instrument.
        12 Instrument "instrument",
        /// A weapon or armour as an antique.
        13 Arms "arms",
        /// A fossil or natural specimen.
        14 Natural "natural",
        /// Another one.
        15 Other "other",
    }
);
code_list!(
    /// Is a kind of incident.
    IncidentKind, "incident-kind" {
        /// A seizure.
        1 Seizure "seizure",
        /// A theft or robbery.
        2 Theft "theft",
        /// An attack.
        3 Attack "attack",
        /// An arrest.
        4 Arrest "arrest",
        /// A find: a laboratory, a store, a cache.
        5 Find "find",
        /// A payment or transfer.
        6 Payment "payment",
        /// A crossing of a border.
        7 Crossing "crossing",
        /// Another one.
        8 Other "other",
    }
);
code_list!(
    /// Is a drug or a precursor, by the name that the International Narcotics Control Board uses.
    Substance, "substance" {
        /// Heroin (CAS 561-27-3).
        1 Heroin "heroin",
        /// Opium.
        2 Opium "opium",
        /// Morphine (CAS 57-27-2).
        3 Morphine "morphine",
        /// Cocaine (CAS 50-36-2).
        4 Cocaine "cocaine",
        /// Coca leaf.
        5 CocaLeaf "coca-leaf",
        /// Cannabis herb.
        6 CannabisHerb "cannabis-herb",
        /// Cannabis resin.
        7 CannabisResin "cannabis-resin",
        /// Amphetamine (CAS 300-62-9), tablets sold as captagon included.
        8 Amphetamine "amphetamine",
        /// Methamphetamine (CAS 537-46-2).
        9 Methamphetamine "methamphetamine",
        /// MDMA (CAS 42542-10-9).
        10 Mdma "mdma",
        /// Fentanyl and its analogues (CAS 437-38-7).
        11 Fentanyl "fentanyl",
        /// Nitazenes.
        12 Nitazene "nitazene",
        /// Methadone (CAS 76-99-3).
        13 Methadone "methadone",
        /// Buprenorphine (CAS 52485-79-7).
        14 Buprenorphine "buprenorphine",
        /// Tramadol (CAS 27203-92-5).
        15 Tramadol "tramadol",
        /// Ketamine (CAS 6740-88-1).
        16 Ketamine "ketamine",
        /// Pregabalin (CAS 148553-50-8).
        17 Pregabalin "pregabalin",
        /// LSD (CAS 50-37-3).
        18 Lsd "lsd",
        /// Synthetic cannabinoids.
        19 SyntheticCannabinoid "synthetic-cannabinoid",
        /// Synthetic cathinones, mephedrone among them.
        20 SyntheticCathinone "synthetic-cathinone",
        /// Benzodiazepines.
        21 Benzodiazepine "benzodiazepine",
        /// Acetic anhydride (CAS 108-24-7).
        22 AceticAnhydride "acetic-anhydride",
        /// Ephedrine (CAS 299-42-3).
        23 Ephedrine "ephedrine",
        /// Pseudoephedrine (CAS 90-82-4).
        24 Pseudoephedrine "pseudoephedrine",
        /// 1-Phenyl-2-propanone, P-2-P (CAS 103-79-7).
        25 PhenylPropanone "phenyl-2-propanone",
        /// Potassium permanganate (CAS 7722-64-7).
        26 PotassiumPermanganate "potassium-permanganate",
        /// Another one, named in its own field.
        27 Other "other",
    }
);
code_list!(
    /// Is the form that a drug is in.
    SubstanceForm, "substance-form" {
        /// Powder.
        1 Powder "powder",
        /// Tablets or capsules.
        2 Tablets "tablets",
        /// Liquid.
        3 Liquid "liquid",
        /// Plants or parts of them.
        4 Plant "plant",
        /// Resin or blocks.
        5 Resin "resin",
        /// Crystals.
        6 Crystals "crystals",
        /// Paper or blotters.
        7 Paper "paper",
        /// Another one.
        8 Other "other",
    }
);
code_list!(
    /// Is how something is moved.
    TransportMode, "transport-mode" {
        /// By road.
        1 Road "road",
        /// By rail.
        2 Rail "rail",
        /// By air.
        3 Air "air",
        /// By sea.
        4 Sea "sea",
        /// On rivers and lakes.
        5 InlandWater "inland-water",
        /// By post or parcel.
        6 Post "post",
        /// On foot.
        7 Foot "foot",
        /// Within a body.
        8 Body "body",
    }
);
code_list!(
    /// Is a kind of cash or account.
    AccountKind, "account-kind" {
        /// Banknotes.
        1 Cash "cash",
        /// An account at a bank.
        2 BankAccount "bank-account",
        /// A payment card.
        3 Card "card",
        /// A wallet of crypto-assets.
        4 Wallet "wallet",
        /// An account with a money-transfer or mobile-money service.
        5 MobileMoney "mobile-money",
        /// A broker of informal transfers.
        6 InformalTransfer "informal-transfer",
    }
);
code_list!(
    /// Is a kind of group: what an organisation or network on record is.
    GroupKind, "group-kind" {
        /// A company.
        1 Company "company",
        /// A bank or another institution of finance.
        2 FinancialInstitution "financial-institution",
        /// A money changer, or a service that transfers money.
        3 MoneyService "money-service",
        /// A charity or foundation.
        4 Charity "charity",
        /// A company that owns or manages ships.
        5 ShippingCompany "shipping-company",
        /// An airline, or another operator of aircraft.
        6 Airline "airline",
        /// A body of a state, or what a state owns.
        7 StateBody "state-body",
        /// A body of research or teaching.
        8 ResearchBody "research-body",
        /// A religious body.
        9 ReligiousBody "religious-body",
        /// A political organisation.
        10 PoliticalOrganisation "political-organisation",
        /// An armed group.
        11 ArmedGroup "armed-group",
        /// A terrorist group, as its source states it.
        12 TerroristGroup "terrorist-group",
        /// A network or gang of organised crime.
        13 CriminalNetwork "criminal-network",
        /// A company that has a name and no business.
        14 FrontCompany "front-company",
        /// Another one.
        15 Other "other",
    }
);
code_list!(
    /// States what is known of a group; it asks for nothing.
    GroupStatus, "group-status" {
        /// Named by an outside list kept as reference; of no police effect by itself.
        1 Listed "listed",
        /// Suspected of an offence, or of having been used for one.
        2 Suspected "suspected",
        /// Under investigation.
        3 UnderInvestigation "under-investigation",
        /// Convicted of an offence.
        4 Convicted "convicted",
        /// Banned by the law of its owner's state.
        5 Banned "banned",
        /// Victim of a crime.
        6 Victim "victim",
        /// Its name or papers are used by others without its knowledge.
        7 Misused "misused",
        /// Dissolved, or deleted from its register.
        8 Dissolved "dissolved",
        /// Without business.
        9 Inactive "inactive",
        /// Known otherwise, as part of a case.
        10 Involved "involved",
    }
);
code_list!(
    /// Says what the name of a group is.
    GroupNameKind, "group-name-kind" {
        /// The name it is entered or known by.
        1 Primary "primary",
        /// Another name it uses or used.
        2 Alias "alias",
        /// A name formerly borne.
        3 Former "former",
        /// Letters that stand for a name.
        4 Acronym "acronym",
        /// The primary name in its own script, where the source gives it apart.
        5 OriginalScript "original-script",
        /// The name it does business under.
        6 Trading "trading",
        /// A name in another language.
        7 Translation "translation",
    }
);
code_list!(
    /// Is the kind of register a number stands in.
    RegisterKind, "register-kind" {
        /// Of companies or trade.
        1 Companies "companies",
        /// Of taxpayers.
        2 Tax "tax",
        /// Of charities, associations or foundations.
        3 Associations "associations",
        /// Of licences.
        4 Licences "licences",
        /// Another one.
        5 Other "other",
    }
);

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
        check::<ObjectStatus>();
        check::<VehicleKind>();
        check::<Colour>();
        check::<VesselKind>();
        check::<AircraftKind>();
        check::<FirearmKind>();
        check::<AdministrativeDocumentKind>();
        check::<WorkOfArtKind>();
        check::<IncidentKind>();
        check::<Substance>();
        check::<SubstanceForm>();
        check::<TransportMode>();
        check::<AccountKind>();
        check::<GroupKind>();
        check::<GroupStatus>();
        check::<GroupNameKind>();
        check::<RegisterKind>();
    }
}
