"""Words that people write beside a phone number, in their languages: those that fit
the caller's own number, and those that say that the number is another one.

Imported only for a number with words beside it. All words are folded, as `fold` returns them.
"""

import re
import unicodedata

_OWN_WORDS = """
a alt alternate ani and at best biz business call callback caller callerid callers cell cellphone
cells cellular cid cli clid contact contactphone day daytime direct evening from home is landline
main me mob mobile mr mrs ms msisdn my nbr new night no nr num number office or ph phone phonenumber
plus preferred primary secondary signal sms tel tele telegram telephone text the verified viber
voice whatsapp work
anrufer arbeit buro dienstlich festnetz geschaftlich handy handynummer mobil mobilnummer
mobiltelefon nummer privat rufnummer telefon telefonnummer von zuhause
appelant bureau de domicile fixe maison mon numero personnel portable travail
casa celular fijo llamante movil oficina particular principal telefono telefonos trabajo
comercial contacto contato escritorio fixo meu residencial telefone telemovel trabalho
cellulare chiamante fisso ufficio lavoro
beller kantoor mobiel telefoon thuis vast werk
domowy komorka komorkowy numer praca prywatny sluzbowy stacjonarny
cislo domu mobilni pevna prace
arbejde arbejds arbete hem hjem hjemme jobb mobiltlf tlf
gsm koti matkapuhelin puh puhelin puhelinnumero tyo
cep ev numara telefonu
acasa mobilul otthoni munkahelyi serviciu
hp nomor rumah telepon
ban co dien di dong nha so thoai
моб мобильныи номер рабочии сот сотовыи телефон тел дом домашнии
мобільнии роботи роботии
κινητο τηλ τηλεφωνο σπιτι
هاتف جوال موبايل رقم
נייד טלפון
"""

_ANOTHERS_WORDS = """
account acct agent attorney badge bank birth birthday booking broker buyer called callee campaign
card case claim code conf conference confirmation contract credit date deceased dest destination did
dids ddi dialed dialled disconnected dnc dnis dob dst ein emergency epoch fax faxes file former
forward forwarded forwarding freecall freephone ftin helpdesk helpline hotline husband iban iccid id
imei imsi inactive invalid invoice lead license licence loan mailbox meeting member membership mrn
not npi old order otp pager passport patient pin policy prescription previous prior publisher queue
quote record ref reference rep request routing row sample serial session shipment sku spouse ssn
student support target tax tfn ticket timestamp toll tollfree tracked tracking transaction transfer
trunk txn unsubscribed vat vendor vin voicemail wife wrong zip
aktenzeichen angerufen auftrag auftrags ausweis bestell bestellung falsch falsche geburtsdatum
gebuhrenfrei gewahlt konto kreditkarte kunden mitglieds personalausweis plz rechnung rechnungs
steuer telefax vertrag vertrags vorgang ziel
ancien appele commande compte contrat destinataire dossier facture faux siret telecopie telecopieur
anterior apolice codigo conta contrato cpf cnpj cuenta destino discado dni encomenda equivocado
errado expediente factura fatura gratuita gratuito llamado marcado matricula nif orden pedido poliza
protocolo referencia rfc seguimiento tarjeta
chiamato codice conto contratto destinatario fattura ordine polizza pratica riferimento sbagliato
spedizione tessera
bestel bestelling bsn factuur gratis klant rekening
błedny bledny faks faktura faktury infolinia konta nip pesel polisa regon stary umowa zamowienia
zamowienie
objednavka objednavky smlouva ucet uctu
bestallning bestilling forkert kund kundnummer kvittering ordre personnummer
asiakas faksi lasku tilaus tili
hesap musteri siparis vergi
comanda szamla rendeles
akun faktur pesanan
факс заказ заказа договор договора инн паспорт полис снилс счет счета
замовлення рахунок
αφμ λογαριασμοσ παραγγελια φαξ
حساب طلب فاتورة فاكس
הזמנה חשבון פקס
"""

_DIGIT_WORDS = """
zero one two three four five six seven eight nine double triple
eins zwei drei vier funf sechs sieben acht neun
cero uno cuatro cinco siete ocho nueve
un deux trois quatre cinq sept huit neuf
"""

OWN = frozenset(_OWN_WORDS.split())
ANOTHERS = frozenset(_ANOTHERS_WORDS.split())
DIGITS = frozenset(_DIGIT_WORDS.split())

_COMPOUND = re.compile("(.{2,}?)(?:nummern?|number|numero|numer|cislo|nro|num|nr|no|id)")
"""A word with the word for a number or an ID behind it: faxnummer, orderid."""

_PHRASES = re.compile(r"\b(?:n(?:umero)?o? (?:verde?|vert)|opt out|next of kin|do not)\b")
_DESTINATION = re.compile(r"\bto\b[^a-z]*$")

# Chinese, Japanese, Korean, Thai and Hindi, which do not divide words, or as they are after the
# removal of combining marks.
_OWN_PARTS = (
    "手机", "手機", "电话", "電話", "座机", "座機", "号码", "號碼", "移动", "家庭", "工作", "携帯",
    "自宅", "会社", "勤務先", "職場", "番号", "휴대폰", "휴대전화", "핸드폰", "전화",
    "직장", "번호", "โทร", "มือถือ", "फोन", "मोबाइल",
)  # fmt: skip
_ANOTHERS_PARTS = (
    "传真", "傳真", "订单", "訂單", "账号", "账户", "帳號", "帳戶", "发票", "發票", "客户", "客戶",
    "身份证", "身分證", "被叫", "免费", "免費", "注文", "口座", "請求", "会員", "顧客", "予約",
    "フリーダイヤル", "フリータイヤル", "着信", "宛先", "ファックス", "ファクス", "팩스", "주문",
    "계좌", "고객", "송장", "수신자", "แฟกซ", "फैक्स", "खाता",
)  # fmt: skip


def fold(text: str) -> str:
    """Return the text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", plain)


_OWN_FOLDED = tuple(map(fold, _OWN_PARTS))
_ANOTHERS_FOLDED = tuple(map(fold, _ANOTHERS_PARTS))


def names_another_number(before: str, after: str) -> bool:
    """Whether the words before or after a number say that it is not the caller's own."""
    text = fold(before)
    if _DESTINATION.search(text) or _PHRASES.search(re.sub(r"[\s.:°-]+", " ", text)):
        return True
    return any(map(_is_anothers, words(f"{before} {after}")))


def has_digit_word(text: str) -> bool:
    return any(fold(word) in DIGITS for word in words(text))


def unknown_words(text: str) -> list[str]:
    """Return the words that are in none of the lists, such as a name, as they were sent."""
    return [word for word in words(text) if not _is_own(word)]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _is_own(word: str) -> bool:
    word = fold(word)
    if word in OWN or _stem(word) in OWN:
        return True
    return not word.isascii() and any(part in word for part in _OWN_FOLDED)


def _is_anothers(word: str) -> bool:
    word = fold(word)
    if word in ANOTHERS:
        return True
    if word not in OWN and _stem(word) in ANOTHERS:
        return True
    return not word.isascii() and any(part in word for part in _ANOTHERS_FOLDED)


def _stem(word: str) -> str:
    match = _COMPOUND.fullmatch(word)
    return match[1] if match else word
