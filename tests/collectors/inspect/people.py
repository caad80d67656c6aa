"""Invented people and things, by generators that know nothing of the detectors."""

import random
from collections.abc import Callable, Mapping

from faker import Faker

SEED = 11


def _fake(locale: str) -> Faker:
    found = Faker(locale)
    found.seed_instance(SEED)
    return found


US, GB, DE, FR, ES, IT = (_fake(each) for each in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT"))
PL, SE, NO, FI, NL, BE = (_fake(each) for each in ("pl_PL", "sv_SE", "no_NO", "fi_FI", "nl_NL", "nl_BE"))
CH, BR, CL, MX, TR, CN, RO, CA = (
    _fake(each) for each in ("de_CH", "pt_BR", "es_CL", "es_MX", "tr_TR", "zh_CN", "ro_RO", "en_CA")
)
DICE = random.Random(SEED)

Maker = Callable[[], str]

COLUMNS: Mapping[str, tuple[str, Maker]] = {
    # The name of a column: the type that is in it, and what makes its values.
    "email": ("email", US.email),
    "contact": ("email", DE.email),
    "phone_number": ("phone", US.phone_number),
    "telefon": ("phone", DE.phone_number),
    "first_name": ("person_name", US.first_name),
    "nachname": ("person_name", DE.last_name),
    "fullName": ("person_name", FR.name),
    "street_address": ("postal_address", US.street_address),
    "zip": ("postcode", US.postcode),
    "date_of_birth": ("birth_date", lambda: US.date_of_birth().isoformat()),
    "dob": ("birth_date", lambda: f"{US.date_of_birth():%m/%d/%Y}"),
    "gender": ("gender", lambda: DICE.choice(["M", "F"])),
    "client_ip": ("ip_address", US.ipv4_public),
    "addr6": ("ipv6_address", US.ipv6),
    "device": ("mac_address", US.mac_address),
    "ssn": ("us_ssn", US.ssn),
    "field_7": ("us_ssn", US.ssn),
    "steuer": ("iban", DE.iban),
    "account": ("iban", GB.iban),
    "card": ("card_number", US.credit_card_number),
    "f12": ("card_number", US.credit_card_number),
    "nir": ("fr_nir", FR.ssn),
    "documento": ("es_dni", ES.nie),
    "dni": ("es_dni", ES.nif),
    "codice": ("it_codice_fiscale", IT.ssn),
    "pesel": ("pl_pesel", PL.pesel),
    "personnummer": ("se_personnummer", SE.ssn),
    "fodselsnummer": ("no_fodselsnummer", NO.ssn),
    "hetu": ("fi_hetu", FI.ssn),
    "bsn": ("nl_bsn", NL.ssn),
    "rijksregister": ("be_nrn", BE.ssn),
    "ahv": ("ch_ahv", CH.ssn),
    "cpf": ("br_cpf", BR.cpf),
    "rut": ("cl_rut", CL.rut),
    "curp": ("mx_curp", MX.curp),
    "kimlik": ("tr_kimlik", TR.ssn),
    "id_card": ("cn_id", CN.ssn),
    "cnp": ("ro_cnp", RO.ssn),
    "sin": ("ca_sin", CA.ssn),
    "latitude": ("latitude", lambda: str(US.latitude())),
    "diagnosis_code": ("icd10", lambda: f"{DICE.choice('EIJM')}{DICE.randint(10, 99)}.{DICE.randint(0, 9)}"),
    "religion": ("religion", lambda: DICE.choice(["Catholic", "Muslim", "Jewish", "None"])),
    "blood_type": ("blood_type", lambda: DICE.choice(["A+", "0-", "AB+", "B-"])),
    "mrn": ("medical_record_number", lambda: f"MRN{DICE.randrange(10**7):07}"),
}

OTHERS: Mapping[str, Maker] = {
    # Columns in which there is nothing, though some look like it.
    "order_number": lambda: str(DICE.randrange(10**15, 10**16)),
    "invoice": lambda: f"INV-{DICE.randrange(10**9):09}",
    "uuid": lambda: str(US.uuid4()),
    "sha256": US.sha256,
    "created_at": US.iso8601,
    "epoch_ms": lambda: str(DICE.randrange(1_600_000_000_000, 1_800_000_000_000)),
    "price": lambda: f"{DICE.random() * 1000:.2f}",
    "embedding_0": lambda: f"{DICE.random() * 2 - 1:.8f}",
    "sku": lambda: US.bothify("??-########").upper(),
    "version": lambda: f"{DICE.randint(0, 9)}.{DICE.randint(0, 30)}.{DICE.randint(0, 30)}",
    "status": lambda: DICE.choice(["new", "open", "closed"]),
    "tracking": lambda: f"1Z{DICE.randrange(10**15):015}",
    "isbn": US.isbn13,
    "color": US.color_name,
    "sentence": US.sentence,
    "product": lambda: US.catch_phrase(),
    "n11": lambda: str(DICE.randrange(10**10, 10**11)),
    "n9": lambda: str(DICE.randrange(10**8, 10**9)),
    "n16": lambda: str(DICE.randrange(10**15, 10**16)),
    "commit": lambda: US.sha1(),
    "country": US.country,
    "percent": lambda: str(DICE.randint(0, 100)),
    "batch": lambda: US.bothify("LOT####"),
    "url": US.url,
}
