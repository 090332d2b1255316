/** The arguments of `npm run compare`. */
import { suggest } from '../../src/cli/hints.js';
import { checkValue, type OptionSpec } from '../../src/cli/options/options.js';
import { UsageError } from '../../src/device/errors.js';
import { CONTENDERS, DEFAULT_CONTENDERS } from './contenders.js';

export interface CompareOptions {
  readonly workloads: readonly string[];
  readonly contenders: readonly string[];
  readonly rounds: number;
  /** Milliseconds that a contender measures each workload in each round. */
  readonly budget: number;
  /** Seconds after which a contender's process is ended. */
  readonly timeout: number;
  /** A file, '-' for stdout, null when JSON is not asked for. */
  readonly json: string | null;
  readonly csv: string | null;
}

const NUMBERS = {
  rounds: { type: 'integer', describe: 'times that all contenders take turns', default: 2, min: 1 },
  'budget-ms': {
    type: 'integer',
    describe: 'milliseconds of measuring, per contender, workload and round',
    default: 2000,
    min: 1,
  },
  timeout: { type: 'integer', describe: 'seconds until a contender that hangs is ended', default: 150, min: 1 },
} as const satisfies Record<string, OptionSpec>;

const LISTS = ['workloads', 'contenders'] as const;
const OUTPUTS = ['json', 'csv'] as const;
const NAMES = [...LISTS, ...OUTPUTS, ...Object.keys(NUMBERS)];

export function usage(workloads: readonly string[]): string {
  return [
    'npm run compare -- [options]: Weft beside TensorFlow.js and jax-js, in turns on one adapter',
    '',
    `  --workloads A,B    of ${workloads.join(', ')}`,
    `  --contenders A,B   of ${CONTENDERS.map((c) => c.name).join(', ')}`,
    '                     (default: all but torch)',
    ...Object.entries(NUMBERS).map(
      ([name, spec]) => `  ${`--${name} N`.padEnd(18)} ${spec.describe} (default: ${spec.default})`,
    ),
    '  --json [FILE]      an array with a row per workload, to a file or (no name, or -) to stdout',
    '  --csv [FILE]       the same figures without the single rounds',
  ].join('\n');
}

/** `--name value`, `--name=value`, and `--json` alone. */
function pairs(argv: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const found = /^--([\w-]+)(?:=(.*))?$/s.exec(argv[i]);
    if (found === null) throw new UsageError(`${argv[i]} is not an option`, { fix: 'options are --name value' });
    const [, name, joined] = found;
    if (!NAMES.includes(name)) {
      const near = suggest(name, NAMES);
      throw new UsageError(`unknown option --${name}`, {
        fix: near === undefined ? `there are ${NAMES.map((n) => `--${n}`).join(', ')}` : `did you mean --${near}?`,
      });
    }
    if (values.has(name)) throw new UsageError(`--${name} is given twice`, { fix: 'give it once' });
    const next = argv[i + 1] as string | undefined;
    const isAlone = next === undefined || next.startsWith('--');
    if (joined === undefined && isAlone && !OUTPUTS.some((o) => o === name))
      throw new UsageError(`--${name} needs a value`, { fix: 'see --help' });
    values.set(name, joined ?? (isAlone ? '-' : next));
    if (joined === undefined && !isAlone) i++;
  }
  return values;
}

/** Names of a comma-separated list in the order of `known`, each once. */
function chosen(
  option: string,
  text: string | undefined,
  known: readonly string[],
  otherwise: readonly string[],
): readonly string[] {
  if (text === undefined) return otherwise;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    throw new UsageError(`--${option}: there is no ${JSON.stringify(name)}`, {
      fix: near === undefined ? `one of ${known.join(', ')}` : `did you mean ${near}?`,
    });
  }
  return known.filter((name) => names.includes(name));
}

/**
 * @param workloads names that may be asked for; all of them by default.
 * @throws UsageError naming the option and what it takes.
 */
export function parseOptions(argv: readonly string[], workloads: readonly string[]): CompareOptions {
  const values = pairs(argv);
  const number = (name: keyof typeof NUMBERS): number =>
    values.has(name) ? Number(checkValue(`--${name}`, NUMBERS[name], values.get(name), '')) : NUMBERS[name].default;
  const output = (name: (typeof OUTPUTS)[number]): string | null => {
    const file = values.get(name);
    if (file === '') throw new UsageError(`--${name} needs a file's name, or - for stdout`, { fix: 'see --help' });
    return file ?? null;
  };
  const options: CompareOptions = {
    workloads: chosen('workloads', values.get('workloads'), workloads, workloads),
    contenders: chosen(
      'contenders',
      values.get('contenders'),
      CONTENDERS.map((c) => c.name),
      DEFAULT_CONTENDERS,
    ),
    rounds: number('rounds'),
    budget: number('budget-ms'),
    timeout: number('timeout'),
    json: output('json'),
    csv: output('csv'),
  };
  if (options.json === '-' && options.csv === '-')
    throw new UsageError('--json and --csv cannot both go to stdout', { fix: 'name a file for one' });
  return options;
}
