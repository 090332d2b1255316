/** The order of classes that are names of folders or values of a column. */

/** 7, 07, -1, 2.5, 1e3. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The distinct names in order: by value where all of them are numbers (1, 2, 10), else by their letters' codes. */
export function inClassOrder(names: Iterable<string>): string[] {
  const distinct = [...new Set(names)];
  const areNumbers = distinct.every((name) => NUMBER.test(name.trim()));
  return distinct.sort((a, b) => (areNumbers ? Number(a) - Number(b) : 0) || byText(a, b)); // 1 and 01 are two names
}
