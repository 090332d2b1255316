/** Numbers as a language writes them. */

export interface Figures {
  /** 12,345 */
  readonly whole: (value: number) => string;
  /** With so many digits behind the point. */
  readonly fixed: (value: number, digits: number) => string;
  /** 0.98765 as 98.8 %. */
  readonly percent: (share: number) => string;
  /** A weight or a sum, with a true minus sign; as a power of ten where it is tiny. */
  readonly signed: (value: number) => string;
  /** The same in a narrow cell: always with three digits behind the point. */
  readonly cell: (value: number) => string;
  /** 0.01234 ms as 12.3 µs. */
  readonly duration: (milliseconds: number) => string;
}

/** Below it three digits behind the point say nothing. */
const TINY = 5e-4;

/** @param locale BCP 47. @param percentSign what follows the number. */
export function figuresOf(locale: string, percentSign: string): Figures {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const three = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const digitsOf = new Map<number, Intl.NumberFormat>();
  const fixed = (value: number, digits: number): string => {
    const format =
      digitsOf.get(digits) ??
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    digitsOf.set(digits, format);
    return format.format(value);
  };
  return {
    whole: (value) => whole.format(value),
    fixed,
    percent: (share) => `${fixed(100 * share, 1)}${percentSign}`,
    signed: (value) => {
      const isTiny = value !== 0 && Math.abs(value) < TINY;
      return (isTiny ? value.toExponential(1) : fixed(value, 3)).replaceAll('-', '−');
    },
    cell: (value) => fixed(value, 3).replace('-', '−'),
    duration: (milliseconds) =>
      milliseconds < 1 ? `${three.format(1000 * milliseconds)} µs` : `${three.format(milliseconds)} ms`,
  };
}
