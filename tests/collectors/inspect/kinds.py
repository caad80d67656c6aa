"""Kinds of personal data and what makes their values: invented people and numbers, in several languages.

The makers know nothing of the detectors: people are Faker's, official numbers are python-stdnum's or a few
lines of their own.
"""

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, partial
from pathlib import Path

import msgspec
import yaml

from tests.collectors.inspect.numbers import Fakes, Numbers

Make = Callable[[], str]


class Kind(msgspec.Struct, frozen=True):
    """A type of data and what makes its values, one maker for each way of writing it.

    `alone`: those whose values tell what they are where the column's name does not. `names`: the key of
    `column_names.yaml` under which columns of this kind are called, where it is not the type.
    """

    type: str
    makers: tuple[Make, ...]
    alone: tuple[Make, ...] = ()
    names: str = ""

    @property
    def called(self) -> list[str]:
        return _called()[self.names or self.type]


@cache
def _called() -> Mapping[str, list[str]]:
    return msgspec.convert(
        yaml.safe_load(Path(__file__).with_name("column_names.yaml").read_text(encoding="utf-8")),
        dict[str, list[str]],
    )


def kinds(dice: random.Random, fakes: Fakes, numbers: Numbers) -> Iterator[Kind]:
    """All kinds of columns with personal data."""
    yield from _contact(dice, fakes, numbers)
    yield from _national(dice, fakes, numbers)
    yield from _payment(dice, fakes, numbers)
    yield from _health(dice, numbers)
    yield from _special(dice, numbers)
    yield from _credentials(dice, numbers)


def _any(dice: random.Random, fakes: Fakes, method: str, locales: str) -> tuple[Make, ...]:
    """One maker for each locale: a column is of one country mostly."""
    return tuple(partial(_call, fakes, each, method) for each in locales.split())


def _call(fakes: Fakes, locale: str, method: str) -> str:
    return str(getattr(fakes[locale], method)()).replace("\n", ", ")


PLACES = "en_US en_GB de_DE fr_FR es_ES it_IT pt_BR nl_NL pl_PL"


def _contact(dice: random.Random, fakes: Fakes, numbers: Numbers) -> Iterator[Kind]:
    some = partial(_any, dice, fakes)
    emails = some("email", PLACES)
    yield Kind(
        "email",
        emails,
        emails,
    )
    yield Kind(
        "phone",
        (
            *some("phone_number", PLACES + " sv_SE da_DK en_AU ja_JP de_AT cs_CZ"),
            lambda: numbers.like("%%########"),
            lambda: numbers.like("%%########.0"),
        ),
        (
            *some("phone_number", "en_US"),
            lambda: numbers.like("(%##) %##-####"),
            lambda: numbers.like("+49 1## #######"),
            lambda: numbers.like("+44 20 %### ####"),
            lambda: numbers.like("+1-%##-%##-####"),
        ),
    )
    full = some("name", PLACES)
    yield Kind(
        "person_name",
        full,
        full,
    )
    yield Kind(
        "person_name",
        some("first_name", PLACES),
        some("first_name", PLACES),
        names="given_name",
    )
    yield Kind(
        "person_name",
        some("last_name", PLACES),
        names="family_name",
    )
    yield Kind(
        "postal_address",
        (*some("street_address", PLACES), *some("address", PLACES)),
        (*some("street_address", "en_US en_GB de_DE fr_FR"), *some("address", "en_US de_DE")),
    )
    yield Kind(
        "postcode",
        (*some("postcode", PLACES), lambda: str(int(fakes["en_US"].postcode()))),
        some("postcode", "en_GB"),
    )
    birth = tuple(
        partial(_day, numbers, form)
        for form in (
            "%Y-%m-%d",
            "%d.%m.%Y",
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%Y%m%d",
            "%d-%m-%Y",
            "%Y-%m-%dT00:00:00",
            "%b %d, %Y",
            "%d %B %Y",
            "%Y/%m/%d",
            "%m/%d/%y",
            "%Y-%m-%d 00:00:00",
        )
    )
    yield Kind(
        "birth_date",
        birth,
    )
    yield Kind(
        "gender",
        tuple(
            partial(dice.choice, each)
            for each in (
                ["M", "F"],
                ["male", "female"],
                ["Male", "Female", "Non-binary"],
                ["m", "w", "d"],
                ["homme", "femme"],
                ["hombre", "mujer"],
                ["0", "1"][:0] or ["Man", "Woman", "Other"],
                ["MALE", "FEMALE", "UNKNOWN"],
            )
        ),
        (lambda: dice.choice(["male", "female"]), lambda: dice.choice(["Male", "Female"])),
    )
    yield Kind(
        "username",
        some("user_name", PLACES),
    )
    yield Kind(
        "license_plate",
        some("license_plate", "en_US en_GB de_DE fr_FR es_ES it_IT pt_BR nl_NL pl_PL"),
    )
    yield Kind(
        "vin",
        some("vin", "en_US"),
        some("vin", "en_US"),
    )
    yield Kind(
        "ip_address",
        (*some("ipv4", "en_US"), *some("ipv4_private", "en_US")),
        some("ipv4", "en_US"),
    )
    yield Kind("ipv6_address", some("ipv6", "en_US"), some("ipv6", "en_US"))
    yield Kind(
        "mac_address",
        (*some("mac_address", "en_US"), lambda: fakes["en_US"].mac_address().replace(":", "-").upper()),
        some("mac_address", "en_US"),
    )
    imei = partial(numbers.luhn, "35############")
    yield Kind(
        "imei",
        (imei, lambda: _split(imei(), "-", 2, 6, 6, 1)),
        (imei,),
    )
    yield Kind(
        "latitude",
        (*some("latitude", "en_US"), lambda: f"{dice.uniform(-60, 70):.4f}"),
    )
    yield Kind(
        "longitude",
        (*some("longitude", "en_US"), lambda: f"{dice.uniform(-179, 179):.4f}"),
    )
    yield Kind(
        "coordinates",
        (
            lambda: f"{dice.uniform(-60, 70):.5f}, {dice.uniform(-179, 179):.5f}",
            lambda: f"{dice.uniform(-60, 70):.6f},{dice.uniform(-179, 179):.6f}",
            lambda: f"POINT({dice.uniform(-179, 179):.5f} {dice.uniform(-60, 70):.5f})",
        ),
        (lambda: f"{dice.uniform(-60, 70):.6f},{dice.uniform(-179, 179):.6f}",),
    )


def _national(dice: random.Random, fakes: Fakes, numbers: Numbers) -> Iterator[Kind]:
    of = numbers.of

    def made(locale: str, method: str = "ssn") -> Make:
        return partial(_call, fakes, locale, method)

    ssn = made("en_US")
    yield Kind(
        "us_ssn",
        (
            ssn,
            lambda: ssn().replace("-", ""),
            lambda: ssn().replace("-", " "),
            lambda: str(int(ssn().replace("-", ""))),
        ),
        (ssn,),
    )
    itin = partial(of, "us.itin", "9##-%#-####")
    yield Kind("us_itin", (itin,), (itin,))
    yield Kind(
        "passport",
        (
            made("en_US", "passport_number"),
            partial(numbers.like, "C*******#"),
            partial(numbers.like, "##??#####"),
            partial(numbers.like, "???######"),
            partial(numbers.like, "??#######"),
            partial(numbers.like, "%########"),
        ),
    )
    yield Kind(
        "driving_licence",
        (
            partial(numbers.like, "?#######"),
            partial(numbers.like, "?###-####-####"),
            partial(numbers.like, "#########"),
            partial(numbers.like, "?????%#####??#??"),
            partial(numbers.like, "?##-##-####"),
            partial(numbers.like, "########"),
            partial(numbers.like, "?############"),
        ),
    )
    nino = numbers.nino
    yield Kind(
        "uk_nino",
        (nino, lambda: _split(nino(), " ", 2, 2, 2, 2, 1)),
        (nino,),
    )
    idnr = partial(of, "de.idnr", "%##########")
    yield Kind(
        "de_tax_id",
        (idnr, lambda: _split(idnr(), " ", 2, 3, 3, 3)),
        (idnr,),
    )
    nir = made("fr_FR")
    yield Kind(
        "fr_nir",
        (nir, lambda: _split(nir(), " ", 1, 2, 2, 2, 3, 3, 2)),
        (nir,),
    )
    yield Kind(
        "es_dni",
        (made("es_ES", "nif"), made("es_ES", "nie")),
        (made("es_ES", "nif"), made("es_ES", "nie")),
    )
    yield Kind(
        "it_codice_fiscale",
        (made("it_IT"), lambda: made("it_IT")().lower()),
        (made("it_IT"),),
    )
    bsn = partial(of, "nl.bsn", "#########")
    yield Kind("nl_bsn", (bsn, lambda: str(int(bsn()))), (bsn,))
    nrn = made("nl_BE")
    yield Kind(
        "be_nrn",
        (nrn, lambda: f"{(n := nrn())[:2]}.{n[2:4]}.{n[4:6]}-{n[6:9]}.{n[9:]}"),
        (nrn,),
    )
    yield Kind("pl_pesel", (made("pl_PL", "pesel"),), (made("pl_PL", "pesel"),))
    yield Kind(
        "se_personnummer",
        (made("sv_SE"), lambda: "19" + made("sv_SE")(), lambda: made("sv_SE")().replace("-", "")),
        (made("sv_SE"),),
    )
    yield Kind(
        "no_fodselsnummer",
        (made("no_NO"),),
        (made("no_NO"),),
    )
    yield Kind("fi_hetu", (made("fi_FI"),), (made("fi_FI"),))
    cpr = partial(of, "dk.cpr", "DDMMYY-####")
    yield Kind("dk_cpr", (cpr, lambda: cpr().replace("-", "")))
    yield Kind(
        "ch_ahv",
        (made("de_CH"), lambda: made("de_CH")().replace(".", "")),
        (made("de_CH"),),
    )
    pps = partial(of, "ie.pps", "#######?A")
    yield Kind("ie_ppsn", (pps,), (pps,))
    yield Kind("ro_cnp", (made("ro_RO"),), (made("ro_RO"),))
    yield Kind(
        "br_cpf",
        (made("pt_BR", "cpf"), lambda: made("pt_BR", "cpf")().replace(".", "").replace("-", "")),
        (made("pt_BR", "cpf"),),
    )
    yield Kind(
        "cl_rut",
        (made("es_CL", "rut"), lambda: made("es_CL", "rut")().replace(".", "")),
        (made("es_CL", "rut"),),
    )
    yield Kind("mx_curp", (made("es_MX", "curp"),), (made("es_MX", "curp"),))
    yield Kind("tr_kimlik", (made("tr_TR"),), (made("tr_TR"),))
    za = partial(of, "za.idnr", "YYMMDD#####8#")
    yield Kind("za_id", (za,), (za,))
    yield Kind(
        "cn_id",
        (made("zh_CN"),),
        (made("zh_CN"),),
    )
    rrn = partial(of, "kr.rrn", "YYMMDD-1######")
    yield Kind("kr_rrn", (rrn, made("ko_KR")), (rrn,))
    jp = partial(of, "jp.in_", "############")
    yield Kind(
        "jp_my_number",
        (jp, lambda: _split(jp(), " ", 4, 4, 4)),
        (jp,),
    )
    aadhaar = partial(of, "in_.aadhaar", "%###########")
    yield Kind(
        "in_aadhaar",
        (aadhaar, lambda: _split(aadhaar(), " ", 4, 4, 4), lambda: _split(aadhaar(), "-", 4, 4, 4)),
        (aadhaar,),
    )
    pan = partial(of, "in_.pan", "???P?####?")
    yield Kind("in_pan", (pan,), (pan,))
    yield Kind("sg_nric", (numbers.nric,), (numbers.nric,))
    sin = partial(of, "ca.sin", "%########")
    yield Kind(
        "ca_sin",
        (sin, lambda: _split(sin(), " ", 3, 3, 3), lambda: _split(sin(), "-", 3, 3, 3)),
        (sin,),
    )
    tfn = partial(of, "au.tfn", "%########")
    yield Kind("au_tfn", (tfn, lambda: _split(tfn(), " ", 3, 3, 3)), (tfn,))
    nif = partial(of, "pt.nif", "2########")
    yield Kind("pt_nif", (nif,), (nif,))
    svnr = partial(of, "at.vnr", "%###DDMMYY")
    yield Kind(
        "at_svnr",
        (svnr, lambda: _split(svnr(), " ", 4, 6)),
        (svnr,),
    )
    rodne = partial(of, "cz.rc", "YYMMDD####")
    yield Kind(
        "cz_rc",
        (rodne, lambda: _split(rodne(), "/", 6, 4)),
        (lambda: _split(rodne(), "/", 6, 4),),
    )
    yield Kind("bg_egn", (partial(of, "bg.egn", "YYMMDD####"),))
    yield Kind("hr_oib", (made("hr_HR"),), (made("hr_HR"),))
    yield Kind("gr_amka", (made("el_GR"),))
    yield Kind("ee_ik", (made("et_EE"),), (made("et_EE"),))
    yield Kind("il_id", (made("he_IL"),), (made("he_IL"),))
    yield Kind("nz_ird", (partial(of, "nz.ird", "1########"),))
    thai = partial(of, "th.pin", "%############")
    yield Kind(
        "th_id",
        (thai, lambda: _split(thai(), "-", 1, 4, 5, 2, 1)),
        (thai,),
    )
    cuit = partial(of, "ar.cuit", "20#########")
    yield Kind("ar_cuit", (cuit, lambda: _split(cuit(), "-", 2, 8, 1)), (cuit,))


def _payment(dice: random.Random, fakes: Fakes, numbers: Numbers) -> Iterator[Kind]:
    card = numbers.card
    iban = _any(dice, fakes, "iban", "de_DE en_GB fr_FR es_ES it_IT nl_NL pl_PL pt_PT")
    yield Kind(
        "card_number",
        (card, lambda: _fours(card(), " "), lambda: _fours(card(), "-")),
        (card, lambda: _fours(card(), "-")),
    )
    yield Kind(
        "iban",
        (*iban, *(partial(_grouped, each) for each in iban)),
        (*iban, *(partial(_grouped, each) for each in iban)),
    )
    yield Kind("bic", _any(dice, fakes, "swift", "en_US de_DE"))
    aba = partial(numbers.of, "us.rtn", "0########")
    yield Kind(
        "us_routing",
        (aba, lambda: str(int(aba()))),
        (aba,),
    )
    yield Kind(
        "bank_account",
        tuple(
            partial(numbers.like, each)
            for each in ("########", "%#########", "############", "####-######-##")
        ),
    )
    yield Kind(
        "card_security_code",
        (partial(numbers.like, "###"), partial(numbers.like, "%##")),
    )
    yield Kind(
        "salary",
        (
            lambda: str(dice.randrange(20_000, 200_000)),
            lambda: f"{dice.randrange(20_000, 200_000):,}",
            lambda: f"${dice.randrange(20_000, 200_000):,}.00",
            lambda: f"{dice.randrange(20_000, 90_000)} €",
            lambda: f"{dice.uniform(2e4, 2e5):.2f}",
        ),
    )
    yield Kind(
        "crypto_address",
        (numbers.ethereum, numbers.bitcoin),
        (numbers.ethereum, numbers.bitcoin),
    )


def _health(dice: random.Random, numbers: Numbers) -> Iterator[Kind]:
    mrn = tuple(
        partial(numbers.like, each)
        for each in ("MRN#######", "%######", "P-######", "MR-####-####", "????########"[2:])
    )
    yield Kind(
        "medical_record_number",
        mrn,
    )
    yield Kind(
        "health_plan_number",
        (
            partial(numbers.like, "???#########"),
            partial(numbers.like, "%#########"),
            partial(numbers.like, "W#########"),
            partial(numbers.like, "%?*#-?*#-??##"),
        ),
    )
    nhs = partial(numbers.of, "gb.nhs", "%#########")
    yield Kind(
        "uk_nhs",
        (nhs, lambda: _split(nhs(), " ", 3, 3, 4), lambda: _split(nhs(), "-", 3, 3, 4)),
        (nhs,),
    )
    yield Kind(
        "de_kvnr",
        (numbers.kvnr,),
        (numbers.kvnr,),
    )
    yield Kind("au_medicare", (numbers.medicare,))
    yield Kind(
        "us_npi",
        (numbers.npi,),
        (numbers.npi,),
    )
    yield Kind("us_dea", (numbers.dea,), (numbers.dea,))
    codes = [
        "E11.9",
        "I10",
        "J45.909",
        "M54.5",
        "F32.1",
        "Z00.00",
        "K21.9",
        "C50.911",
        "S72.001A",
        "N39.0",
        "G43.909",
        "B20",
        "R07.9",
        "L40.0",
        "E78.5",
        "O80",
        "A41.9",
        "H25.13",
        "D50.9",
        "T78.40XA",
    ]
    yield Kind(
        "icd10",
        (partial(dice.choice, codes), lambda: dice.choice(codes).replace(".", "")),
        (partial(dice.choice, codes),),
    )
    conditions = [
        "Type 2 diabetes",
        "Hypertension",
        "Asthma",
        "Major depressive disorder",
        "Breast cancer",
        "HIV infection",
        "Migraine",
        "Anxiety",
        "COPD",
        "Psoriasis",
        "Epilepsy",
        "Hepatitis C",
        "Chronic kidney disease",
        "Schizophrenia",
    ]
    german = [
        "Diabetes mellitus Typ 2",
        "Bluthochdruck",
        "Asthma bronchiale",
        "Depression",
        "Brustkrebs",
        "Migräne",
        "Epilepsie",
    ]
    yield Kind(
        "diagnosis",
        (partial(dice.choice, conditions), partial(dice.choice, german)),
        (partial(dice.choice, conditions),),
    )
    drugs = [
        "Metformin 500mg",
        "Lisinopril",
        "Atorvastatin 20 mg",
        "Sertraline",
        "Ibuprofen",
        "Amoxicillin",
        "Omeprazole",
        "Insulin glargine",
        "Levothyroxine",
        "Warfarin",
        "Prednisone",
    ]
    yield Kind(
        "medication",
        (partial(dice.choice, drugs),),
        (partial(dice.choice, drugs),),
    )
    yield Kind(
        "blood_type",
        (
            partial(dice.choice, ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]),
            partial(dice.choice, ["A+", "0-", "AB+", "0+", "B Rh+"]),
        ),
        (partial(dice.choice, ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]),),
    )
    yield Kind(
        "lab_result",
        (
            lambda: f"{dice.uniform(3, 12):.1f}",
            lambda: str(dice.randint(60, 220)),
            lambda: f"{dice.randint(60, 220)} mg/dL",
        ),
    )


def _special(dice: random.Random, numbers: Numbers) -> Iterator[Kind]:
    one = partial(partial, dice.choice)
    yield Kind(
        "religion",
        (
            one(["Catholic", "Muslim", "Jewish", "Hindu", "None", "Buddhist"]),
            one(["röm.-kath.", "evangelisch", "katholisch", "muslimisch", "konfessionslos"]),
            one(["católica", "protestante", "musulmana", "judía", "atea"]),
            one(["Christianity", "Islam", "Judaism", "Hinduism", "Sikhism", "Atheism"]),
        ),
        (
            one(["Catholic", "Muslim", "Jewish", "Hindu", "Buddhist"]),
            one(["Christianity", "Islam", "Judaism", "Hinduism"]),
        ),
    )
    yield Kind(
        "ethnicity",
        (
            one(["White", "Black", "Asian", "Hispanic", "Other"]),
            one(
                [
                    "Black or African American",
                    "White",
                    "Asian",
                    "American Indian or Alaska Native",
                    "Hispanic or Latino",
                ]
            ),
            one(["White British", "South Asian", "Black African", "Mixed", "Chinese"]),
        ),
        (
            one(
                [
                    "Black or African American",
                    "White",
                    "Asian",
                    "American Indian or Alaska Native",
                    "Hispanic or Latino",
                ]
            ),
            one(["Caucasian", "African American", "Hispanic", "Asian"]),
        ),
    )
    yield Kind(
        "sexual_orientation",
        (
            one(["heterosexual", "gay", "lesbian", "bisexual", "prefer not to say"]),
            one(["Straight", "Gay", "Bisexual", "Asexual"]),
            one(["heterosexuell", "homosexuell", "bisexuell"]),
        ),
        (one(["heterosexual", "gay", "lesbian", "bisexual"]),),
    )
    yield Kind(
        "political_opinion",
        (
            one(["Democrat", "Republican", "Independent", "Green"]),
            one(["CDU", "SPD", "Grüne", "FDP"]),
            one(["liberal", "conservative", "moderate"]),
        ),
        (one(["Democrat", "Republican", "Independent", "Libertarian"]),),
    )
    yield Kind(
        "union_membership",
        (
            one(["yes", "no"]),
            one(["IG Metall", "ver.di", "none"]),
            one(["true", "false"]),
            one(["1", "0"]),
            one(["UAW", "AFSCME", "SEIU", "-"]),
        ),
    )
    yield Kind(
        "genetic_variant",
        (
            lambda: f"rs{dice.randrange(10**3, 10**9)}",
            lambda: (
                f"NM_{dice.randrange(10**5, 10**6):06}.{dice.randint(1, 9)}:c."
                f"{dice.randint(1, 9999)}{dice.choice('ACGT')}>{dice.choice('ACGT')}"
            ),
        ),
        (lambda: f"rs{dice.randrange(10**5, 10**9)}",),
    )
    yield Kind(
        "genotype",
        (one(["AA", "AG", "GG", "CT"]), one(["A/G", "G/G", "C/T"]), one(["0/1", "1/1", "0|0"])),
    )
    yield Kind(
        "biometric",
        (
            lambda: _base64(dice, 120),
            lambda: "[" + ", ".join(f"{dice.uniform(-1, 1):.4f}" for _ in range(16)) + "]",
            lambda: dice.randbytes(32).hex(),
        ),
    )
    yield Kind(
        "photo",
        (
            lambda: f"img/{numbers.like('######')}.jpg",
            lambda: f"https://cdn.example/{dice.randbytes(8).hex()}.png",
            lambda: f"{numbers.like('####')}.jpeg",
        ),
    )
    yield Kind(
        "criminal_record",
        (one(["none", "theft 2019", "fraud", "assault", "DUI 2021"]), one(["yes", "no"])),
    )
    yield Kind(
        "child_age",
        (lambda: str(dice.randint(0, 15)), lambda: f"{dice.randint(0, 15)}.0"),
    )


def _credentials(dice: random.Random, numbers: Numbers) -> Iterator[Kind]:
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    def letters(count: int) -> str:
        return "".join(dice.choices(alphabet, k=count))

    yield Kind(
        "password",
        (lambda: letters(dice.randint(8, 14)), lambda: f"{letters(6)}!{dice.randint(10, 99)}"),
    )
    key = partial(lambda: "AKIA" + "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)))
    yield Kind("aws_access_key", (key,), (key,))
    jwt = partial(lambda: f"eyJ{letters(30)}.eyJ{letters(60)}.{letters(43)}")
    yield Kind("jwt", (jwt,), (jwt,))


def _day(numbers: Numbers, form: str) -> str:
    day: date = numbers.day()
    return day.strftime(form)


def _split(text: str, between: str, *sizes: int) -> str:
    found, start = [], 0
    for size in sizes:
        found.append(text[start : start + size])
        start += size
    return between.join(found)


def _fours(text: str, between: str) -> str:
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))


def _grouped(maker: Make) -> str:
    return _fours(maker(), " ")


def _base64(dice: random.Random, size: int) -> str:
    return base64.b64encode(dice.randbytes(size)).decode()
