"""Letters, tickets and notes with invented people in them, and what only looks like their data."""

import random
from collections.abc import Iterator, Mapping

from collectors.inspect.check_digits import digits
from tests.collectors.inspect.people import BR, DE, ES, FR, GB, IT, PL, US, Maker

DICE = random.Random(23)


def _nhs() -> str:
    while True:
        start = [DICE.randint(0, 9) for _ in range(9)]
        check = 11 - sum(a * b for a, b in zip(start, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            text = "".join(map(str, [*start, check % 11]))
            return f"{text[:3]} {text[3:6]} {text[6:]}"


def _nino() -> str:
    letters = DICE.choice(["AB", "CE", "HK", "JR", "PX"])
    numbers = " ".join(str(DICE.randint(10, 99)) for _ in range(3))
    return f"{letters} {numbers} {DICE.choice('ABCD')}"


WRITTEN: Mapping[str, tuple[tuple[str, ...], Maker]] = {
    # The type: sentences in which it stands, and what makes it.
    "email": (
        ("You can write to {} at any time.", "Bitte an {} schicken.", "Contacto: {}", "<{}> wrote:", "cc {}"),
        US.email,
    ),
    "phone": (
        ("Call me at {} tomorrow.", "Her phone is {}.", "Telefon: {}", "My cell: {}.", "Teléfono {}"),
        lambda: DICE.choice([US, DE, ES, FR]).phone_number(),
    ),
    "us_ssn": (
        ("His SSN is {}.", "Social security number: {}", "ssn {} was verified", "SSN:{}"),
        US.ssn,
    ),
    "card_number": (
        ("Charged to card {} today.", "The credit card {} expired.", "paid with {}", "Kreditkarte {}"),
        lambda: _grouped(US.credit_card_number("visa")),
    ),
    "iban": (
        ("Transfer it to {}.", "IBAN: {}", "Konto {} bei der Bank", "refund to {}, thanks"),
        lambda: _in_fours(DICE.choice([DE, GB, FR, ES]).iban()),
    ),
    "ip_address": (("Login from {} was refused.", "client {}:443", "seen at {},"), US.ipv4_public),
    "mac_address": (("The device {} joined.", "MAC {}"), US.mac_address),
    "birth_date": (
        ("Born on {} in Leeds.", "DOB: {}", "date of birth {}", "Geburtsdatum: {}"),
        lambda: US.date_of_birth().isoformat(),
    ),
    "es_dni": (("Su DNI es {}.", "con NIE {}", "documento {}"), lambda: DICE.choice([ES.nie, ES.nif])()),
    "it_codice_fiscale": (("Codice fiscale {}.", "CF: {}"), IT.ssn),
    "pl_pesel": (("PESEL {} zostal", "numer PESEL: {}"), PL.pesel),
    "br_cpf": (("CPF {} do cliente", "portador do CPF {},"), BR.cpf),
    "fr_nir": (("Numéro de sécurité sociale {}.", "NIR {}"), FR.ssn),
    "uk_nino": (("National insurance {} on file.", "NI number {}", "with {}."), _nino),
    "uk_nhs": (("NHS number {} was checked.", "The patient ({}) arrived."), _nhs),
    "icd10": (
        ("Diagnosis: {} confirmed.", "primary dx {}", "ICD-10 {}"),
        lambda: f"{DICE.choice('EIJM')}{DICE.randint(10, 99)}.{DICE.randint(0, 9)}",
    ),
    "medical_record_number": (
        ("MRN {} admitted at noon.", "patient id {}"),
        lambda: str(DICE.randrange(10**6, 10**8)),
    ),
    "passport": (("Passport number {} expires.",), lambda: str(DICE.randrange(10**8, 10**9))),
    "aws_access_key": (
        ("the key {} is in the wiki", "AWS_ACCESS_KEY_ID={}"),
        lambda: "AKIA" + "".join(DICE.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)),
    ),
}

OTHERWISE: tuple[tuple[str, Maker], ...] = (
    ("Order {} has shipped.", lambda: str(DICE.randrange(10**15, 10**16))),
    ("Ticket #{} is closed.", lambda: str(DICE.randrange(10**8, 10**9))),
    ("Invoice INV-{}.", lambda: str(DICE.randrange(10**9, 10**10))),
    ("Build {} passed.", lambda: f"{DICE.randint(1, 9)}.{DICE.randint(0, 30)}.{DICE.randint(0, 99)}"),
    ("commit {} fixes it", US.sha1),
    ("request {} took 3 s", lambda: str(US.uuid4())),
    ("at {} the job ended", US.iso8601),
    ("The total is {} euro.", lambda: f"{DICE.random() * 9999:,.2f}"),
    ("Meeting on {}.", lambda: US.date_between("-1y", "+1y").isoformat()),
    ("epoch {}", lambda: str(DICE.randrange(1_600_000_000_000, 1_800_000_000_000))),
    ("Section {} of the manual.", lambda: f"{DICE.choice('ABCD')}{DICE.randint(1, 99)}.{DICE.randint(1, 9)}"),
    ("ISBN {}", US.isbn13),
    ("Tracking 1Z{}.", lambda: "".join(map(str, digits(US.bban()[:14] + "0000")))),
    ("Room {}, floor 3.", lambda: str(DICE.randint(100, 999))),
    ("It weighs {} kg and is {} cm long.".replace("{} cm", "80 cm"), lambda: f"{DICE.random() * 90:.1f}"),
)


def _grouped(number: str) -> str:
    return number if DICE.random() < 0.4 else " ".join(number[n : n + 4] for n in range(0, len(number), 4))


def _in_fours(text: str) -> str:
    return text if DICE.random() < 0.5 else " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def letters(count: int) -> Iterator[tuple[str, str]]:
    """Letters and the type of what is in each; empty where there is nothing."""
    kinds = list(WRITTEN)
    for number in range(count):
        around = US.sentence(nb_words=9), US.sentence(nb_words=7)
        if number % 2:
            sentence, maker = DICE.choice(OTHERWISE)
            yield f"{around[0]} {sentence.format(maker())} {around[1]}", ""
        else:
            kind = kinds[number // 2 % len(kinds)]
            sentences, maker = WRITTEN[kind]
            yield f"{around[0]} {DICE.choice(sentences).format(maker())} {around[1]}", kind
