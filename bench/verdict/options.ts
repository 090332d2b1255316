/** The arguments of `npm run verdict`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/device/errors.js';
import { CARDS, type Card } from './cards.js';
import { parseShapes } from '../kernels/shapes.js';
import type { MembersRequest } from './members.js';
import { checkSubjectName, type Mode, type Precision, type Subject } from './subjects.js';

export interface VerdictOptions {
  readonly subjects: readonly Subject[];
  readonly members: MembersRequest | null;
  /** Families of cards as RADV names them. */
  readonly families: readonly string[];
  readonly cards: readonly Card[];
  readonly filter: string;
  /** A file, `-` for stdout, null when JSON is not asked for. */
  readonly json: string | null;
  /** A folder for table, JSON and picture. */
  readonly out: string | null;
  /** A folder for the machine code of each pipeline. */
  readonly assembly: string | null;
  /** Compares with what was recorded, or records. */
  readonly task: 'show' | 'check' | 'record' | 'compile' | 'adapters';
  /** Models that were named; null where none were. */
  readonly named: readonly string[] | null;
  /** Where the tests' pipelines were written down. */
  readonly pipelines: string;
}

const OPTIONS = {
  models: { type: 'string' },
  members: { type: 'string' },
  shapes: { type: 'string' },
  batch: { type: 'string', default: '32' },
  mode: { type: 'string', default: 'train' },
  precision: { type: 'string', default: 'f32' },
  gpu: { type: 'string', default: 'navi31,navi21' },
  cards: { type: 'string' },
  filter: { type: 'string', default: '.' },
  json: { type: 'string' },
  out: { type: 'string' },
  asm: { type: 'string' },
  check: { type: 'boolean', default: false },
  record: { type: 'boolean', default: false },
  compile: { type: 'string' },
  adapters: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const USAGE = `npm run verdict -- [options]: what the compilers of GPUs that are not here make of the kernels

  --models A,B       of weft models, vit, or matmul and a number (default: those of the record)
  --members REGEX    instead of models: each member of a kernel family, with all constants, by
                     'FAMILY SIZES MEMBER CONSTANTS'; the fastest first, estimated
  --shapes A,B       sizes of the members' problems, as weft bench kernels takes them
  --batch N          images of a step (default: 32)
  --mode train|infer a training step with Adam, or a call in evaluation mode (default: train)
  --precision f32|f16
  --gpu A,B          families as Mesa names them: navi31 is RDNA 3, navi21 RDNA 2 (default: both)
  --cards A,B        cards to estimate for: ${CARDS.map((c) => c.name).join(', ')} (default: all of these families)
  --filter REGEX     only pipelines whose name matches
  --json [FILE]      everything as JSON, to a file or (-) to stdout
  --out FOLDER       table, JSON and picture
  --asm FOLDER       the machine code of each pipeline
  --check            ends with 1 when a kernel of the record does not compile, spills, or is worse than recorded
  --record           writes the record anew
  --compile FOLDER   every pipeline that tests wrote there (node scripts/test.mjs --gpu-members --pipelines FOLDER);
                     ends with 1 when one does not compile or spills
  --adapters         whether each model compiles and runs under each fact of adapters (subgroups, limits, features),
                     on the first family of --gpu and on the software adapter; --filter is of facts, --out gets tables`;

/** What the record holds: each family of kernels at a size that training meets. */
export const RECORDED: readonly Subject[] = [
  ...[
    'resnet50',
    'resnet20',
    'googlenet',
    'squeezenet1_1',
    'alexnet',
    'convbn',
    'fashionnet',
    'cnn',
    'lenet5',
    'lstm',
    'bilstm',
    'vit',
  ].map((name) => subject(name)),
  ...['cnn', 'resnet50', 'googlenet', 'lstm'].map((name) => subject(name, 'infer')),
  ...['cnn', 'resnet20', 'resnet50', 'lstm', 'vit'].map((name) => subject(name, 'train', 32, 'f16')),
  subject('matmul1024'),
];

function subject(name: string, mode: Mode = 'train', batch = 32, precision: Precision = 'f32'): Subject {
  return { name, mode, batch, precision };
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((k) => k === value);
  if (found === undefined)
    throw new UsageError(`--${option}: there is no "${value}"`, { fix: `one of ${known.join(', ')}` });
  return found;
}

function checkPattern(option: string, pattern: string): string {
  try {
    new RegExp(pattern);
    return pattern;
  } catch {
    throw new UsageError(`--${option} ${pattern} is no regular expression`, { fix: `e.g. --${option} '^conv2d'` });
  }
}

function taskOf(values: Partial<Record<'check' | 'record' | 'adapters', boolean>> & { compile?: string }) {
  if (values.compile !== undefined) return 'compile';
  return (['check', 'record', 'adapters'] as const).find((task) => values[task]) ?? 'show';
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

/** @throws UsageError naming the option and what it takes. Null: help is asked for. */
export function parseOptions(argv: readonly string[]): VerdictOptions | null {
  let values;
  try {
    const args = argv.map((a, i) => (a === '--json' && (argv[i + 1]?.startsWith('--') ?? true) ? '--json=-' : a));
    ({ values } = parseArgs({ args, options: OPTIONS, allowPositionals: false }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error), { fix: 'see --help' });
  }
  if (values.help) return null;
  const batch = Number(values.batch);
  if (!Number.isInteger(batch) || batch < 1)
    throw new UsageError(`--batch ${values.batch} is not a whole number from 1 up`, { fix: 'e.g. --batch 32' });
  const mode = oneOf<Mode>('mode', values.mode, ['train', 'infer']);
  const precision = oneOf<Precision>('precision', values.precision, ['f32', 'f16']);
  const families = words(values.gpu);
  const named = values.cards === undefined ? null : words(values.cards);
  const cards = CARDS.map((c) => c.name);
  for (const name of named ?? []) oneOf('cards', name, cards);
  if (values.check && values.record)
    throw new UsageError('--check and --record exclude each other', { fix: 'check first, then record' });
  if ((values.check || values.record) && (values.models !== undefined || values.filter !== '.'))
    throw new UsageError('--check and --record are of the whole record', { fix: 'leave out --models and --filter' });
  if (values.members !== undefined && (values.models !== undefined || values.check || values.record))
    throw new UsageError('--members is instead of models and of the record', { fix: 'leave out the others' });
  if (
    values.compile !== undefined &&
    (values.models ?? values.members ?? (values.check || values.record || values.adapters))
  )
    throw new UsageError('--compile is of pipelines that were written down', { fix: 'leave out the others' });
  if (values.shapes !== undefined && values.members === undefined)
    throw new UsageError('--shapes is of --members', { fix: "e.g. --members '^matmul' --shapes 4096x4096x4096" });
  const shapes = values.shapes === undefined ? null : parseShapes(values.shapes);
  const asked = values.models === undefined ? null : words(values.models).map(checkSubjectName);
  return {
    subjects:
      values.members !== undefined ? [] : (asked?.map((name) => subject(name, mode, batch, precision)) ?? RECORDED),
    members: values.members === undefined ? null : { filter: checkPattern('members', values.members), shapes },
    families,
    cards: CARDS.filter((c) => families.includes(c.family) && (named === null || named.includes(c.name))),
    filter: checkPattern('filter', values.filter),
    json: values.json ?? null,
    out: values.out ?? null,
    assembly: values.asm ?? null,
    task: taskOf(values),
    named: asked,
    pipelines: values.compile ?? '',
  };
}
