/*
 * Functions that the scripts of the Harbour Bank Assistant share.
 * The platform runs this file as a plain script: every top-level function is
 * known to script nodes by its name, so there are no imports and no exports.
 */

/** Symbols for the currencies the bank deals in; any other is written by its code. */
var CURRENCY_SYMBOLS = { EUR: "€", GBP: "£", USD: "$", JPY: "¥" };

/** Currencies without a smaller unit, where 500 means five hundred and not five. */
var WHOLE_CURRENCIES = ["JPY", "KRW"];

/**
 * Writes an amount given in the smallest unit of its currency.
 *
 *   formatAmount(123456, "EUR")  ->  "€1,234.56"
 *   formatAmount(-640, "EUR")    ->  "-€6.40"
 *   formatAmount(100000, "CHF")  ->  "CHF 1,000.00"
 */
function formatAmount(minorUnits, currency) {
    var decimals = WHOLE_CURRENCIES.indexOf(currency) >= 0 ? 0 : 2;
    var amount = Math.abs(Number(minorUnits)) / Math.pow(10, decimals);
    var parts = amount.toFixed(decimals).split(".");
    var digits = parts[0].replace(/\B(?=(\d{3})+$)/g, ",") + (parts[1] ? "." + parts[1] : "");
    var symbol = CURRENCY_SYMBOLS[currency] || currency + " ";
    return (Number(minorUnits) < 0 ? "-" : "") + symbol + digits;
}

/**
 * Hides an account number but for its last four characters.
 *
 *   maskAccountNumber("GB59 HRBR 0099 0012 3456 78")  ->  "•••• 5678"
 */
function maskAccountNumber(accountNumber) {
    var compact = String(accountNumber).replace(/\s+/g, "");
    return compact.length <= 4 ? compact : "•••• " + compact.slice(-4);
}

/**
 * Tells whether the check digits of an IBAN are right (ISO 13616, modulo 97).
 * It does not tell whether the account exists.
 */
function isValidIban(iban) {
    var compact = String(iban).replace(/\s+/g, "").toUpperCase();
    if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) {
        return false;
    }
    var rearranged = compact.slice(4) + compact.slice(0, 4);
    var remainder = 0;
    for (var i = 0; i < rearranged.length; i += 1) {
        // Letters count as two digits: A is 10, Z is 35.
        var digits = parseInt(rearranged.charAt(i), 36).toString();
        for (var j = 0; j < digits.length; j += 1) {
            remainder = (remainder * 10 + Number(digits.charAt(j))) % 97;
        }
    }
    return remainder === 1;
}

/** Groups an IBAN in fours, the way it is printed. */
function formatIban(iban) {
    return String(iban).replace(/\s+/g, "").toUpperCase().replace(/(.{4})(?=.)/g, "$1 ");
}

/** The next day on which payments are carried out: not a Saturday, not a Sunday. */
function nextBankingDay(date) {
    var day = new Date(date);
    do {
        day.setDate(day.getDate() + 1);
    } while (day.getDay() === 0 || day.getDay() === 6);
    return day.toISOString().slice(0, 10);
}
