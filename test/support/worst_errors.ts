/** `WEFT_OP_TABLE=1` prints, at the end of the process, the worst error of each result of each op. */
import { PAIRS, onCompared, type Pair } from '../../src/cases/close.js';

if (process.env['WEFT_OP_TABLE'] === '1') {
  const worst = new Map<string, Map<Pair, number>>();
  onCompared(({ op, argument, pair }, error) => {
    const key = `${op} ${argument}`;
    let errors = worst.get(key);
    if (errors === undefined) worst.set(key, (errors = new Map()));
    errors.set(pair, Math.max(errors.get(pair) ?? 0, error));
  });
  process.on('exit', () => {
    const line = (cells: readonly string[]): string =>
      `${cells.map((cell, i) => cell.padEnd(i === 0 ? 18 : i === 1 ? 8 : 17)).join(' ')}\n`;
    const text = (e: number | undefined): string => (e === undefined ? '-' : e === 0 ? '0' : e.toExponential(1));
    process.stdout.write(`\nworst error, relative to the largest magnitude\n${line(['op', 'result', ...PAIRS])}`);
    for (const [key, errors] of [...worst].sort(([a], [b]) => (a < b ? -1 : 1))) {
      process.stdout.write(line([...key.split(' '), ...PAIRS.map((p) => text(errors.get(p)))]));
    }
  });
}
