/**
 * CRC-32 of parts put together, from the CRC-32 of the parts, without their bytes.
 *
 * A CRC is a remainder in the polynomials over GF(2): appending `length` bytes multiplies the first part's remainder
 * by x^(8·length), modulo the polynomial of CRC-32 (0xEDB88320 in its reflected form, as in ISO/IEC 13239 and
 * APPNOTE.TXT 4.4.7). The powers come from squaring.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(powerOfX(8 * secondLength), first) ^ second) >>> 0;
}

const polynomial = 0xedb88320;

/** The product of two polynomials modulo that of CRC-32. The bit for x^0 is the highest, as CRCs are reflected. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}

/** x^(2^n) for n = 0, 1, …; enough for lengths up to 2^53. */
const squares: readonly number[] = (() => {
  const powers = [0x40000000];
  while (powers.length < 56) {
    const last = powers.at(-1) ?? 0;
    powers.push(multiply(last, last));
  }
  return powers;
})();

function powerOfX(exponent: number): number {
  let power = 0x80000000;
  let rest = exponent;
  for (let n = 0; rest > 0; n += 1, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(squares[n] ?? 0, power);
  }
  return power >>> 0;
}
