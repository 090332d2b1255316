/**
 * `npm run campaign`: measures what a GPU does with all of Weft and writes one file to send back; see
 * docs/performance.md. Each part is a process of its own with a limit of time, the file is written after each, and a
 * part that fails or is too slow is noted: the next one runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryFile } from '#platform';
import { print, reportError, say } from '../../src/cli/output.js';
import { UsageError } from '../../src/device/errors.js';
import { CARDS, type Card } from '../verdict/cards.js';
import {
  emptyDocument,
  privateWords,
  readEarlier,
  withoutPrivate,
  writeDocument,
  type CampaignDocument,
  type PartResult,
} from './document.js';
import { cardOf, estimateParts, estimatesOf, whyNoEstimates } from './estimates.js';
import { figuresOf } from './figures.js';
import { parseOptions, usage, type CampaignOptions } from './options.js';
import { ROOT, partsOf, type Part } from './parts.js';
import { runPart, type Running } from './run.js';
import { summary } from './summary.js';

/** With less time than this a part is not begun. */
const LEAST_SECONDS = 3;
const ESTIMATES = 'estimates';

class Campaign {
  readonly #options: CampaignOptions;
  readonly #words = privateWords(ROOT);
  readonly #began = performance.now();
  /** Choices of the tuner are the campaign's own: the user's stay as they are. */
  readonly #cache = mkdtempSync(join(tmpdir(), 'weft-campaign-'));
  #document: CampaignDocument;
  #running: Running | null = null;
  #isStopped = false;

  constructor(options: CampaignOptions, document: CampaignDocument) {
    this.#options = options;
    this.#document = document;
  }

  get document(): CampaignDocument {
    return this.#document;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends what runs; what is measured is kept. */
  stop(): void {
    this.#isStopped = true;
    this.#running?.stop();
  }

  async run(): Promise<void> {
    try {
      await this.#runAll(partsOf(this.#options.size, this.#options.adapter));
      if (this.#wants(ESTIMATES)) await this.#estimate();
    } finally {
      rmSync(this.#cache, { recursive: true, force: true });
    }
  }

  #wants(name: string): boolean {
    return this.#options.parts === null || this.#options.parts.some((p) => name === p || name.startsWith(`${p}_`));
  }

  async #runAll(parts: readonly Part[]): Promise<void> {
    const wanted = parts.filter((p) => this.#wants(p.name));
    // a tuner that ran in an earlier call has left its choices nowhere
    const tunesAgain = wanted.some((p) => p.name.endsWith('_tuned') && !this.#isKept(p));
    for (const [i, part] of wanted.entries()) {
      if (this.#isStopped) return;
      if (this.#isKept(part) && !(part.name === 'tune' && tunesAgain)) {
        say(`${part.name}: kept`);
        continue;
      }
      say(`${part.name} (${i + 1} of ${wanted.length}) …`);
      this.#keep(part.name, await this.#one(part));
    }
  }

  #isKept({ name }: Part): boolean {
    return !this.#options.isFresh && ['done', 'skipped'].includes(this.#document.parts[name]?.state ?? '');
  }

  async #one(part: Part): Promise<PartResult> {
    const left = this.#options.seconds - (performance.now() - this.#began) / 1000;
    if (left < LEAST_SECONDS) return { state: 'too slow', seconds: 0, note: 'no time was left', data: null };
    this.#running = runPart(part, Math.min(part.limit, left), {
      WEFT_CACHE: this.#cache,
      ...(part.name.endsWith('_plain') ? { WEFT_TUNE: '0' } : {}),
    });
    const result = await this.#running.result;
    this.#running = null;
    return result;
  }

  #keep(name: string, result: PartResult): void {
    const clean = withoutPrivate(result, this.#words) as PartResult;
    say(`${name}: ${clean.state}, ${clean.seconds.toFixed(1)} s${clean.note === null ? '' : `: ${clean.note}`}`);
    const parts = { ...this.#document.parts, [name]: clean };
    this.#write({ ...this.#document, parts });
  }

  #write(document: CampaignDocument): void {
    const card = this.#card();
    const judged = Object.entries(document.parts).filter(([n]) => n.startsWith(ESTIMATES));
    const estimated =
      card === null
        ? new Map()
        : estimatesOf(
            judged.map(([, { data }]) => data),
            card,
          );
    this.#document = { ...document, card: card?.name ?? null, figures: figuresOf(document.parts, estimated) };
    writeDocument(this.#options.out, this.#document);
  }

  #card(): Card | null {
    const { card } = this.#options;
    if (card !== null) return CARDS.find((c) => c.name === card) ?? null;
    const facts = this.#document.parts['facts']?.data;
    const adapter = Array.isArray(facts) ? (facts[0] as { adapter?: { description?: string } }).adapter : undefined;
    return cardOf(adapter?.description ?? '');
  }

  async #estimate(): Promise<void> {
    if (this.#isStopped) return;
    const card = this.#card();
    const why = whyNoEstimates(card);
    if (why !== null || card === null)
      return this.#keep(ESTIMATES, { state: 'skipped', seconds: 0, note: why, data: null });
    for (const part of estimateParts(card, this.#options.size)) {
      if (this.#isStopped) return;
      if (this.#isKept(part)) continue;
      say(`${part.name} …`);
      const result = await this.#one(part);
      this.#keep(part.name, { ...result, data: slim(result.data) });
    }
  }
}

/** Of what the judge prints, the steps and their estimates: the kernels are thousands of lines. */
function slim(data: unknown): unknown {
  if (!Array.isArray(data)) return data;
  return data.map(({ family, adapter, steps }: Record<string, unknown>) => ({
    family,
    adapter,
    steps: (steps as Record<string, unknown>[]).map(({ launches: _, estimated, ...step }) => ({
      ...step,
      estimated: (estimated as Record<string, unknown>[]).map(({ launches: __, ...rest }) => rest),
    })),
  }));
}

async function main(argv: readonly string[]): Promise<number> {
  const names = [...partsOf('full', null).map((p) => p.name), ESTIMATES];
  const known = [...new Set([...names, ...partsOf('small', null).map((p) => p.name)])];
  const options = parseOptions(argv, known);
  if (options === null) {
    print(usage(names));
    return 0;
  }
  const earlier = options.isFresh ? null : readEarlier(options.out, options.size);
  if (earlier === null && argv.includes('--resume'))
    throw new UsageError(`--resume: there is no ${options.out}`, { fix: 'leave it out to begin' });
  tryFile(options.out);
  const campaign = new Campaign(options, earlier ?? emptyDocument(options.size));
  const stop = (): void => campaign.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  await campaign.run();
  print(summary(campaign.document));
  say(`\nwritten to ${options.out}; docs/performance.md says where to send it`);
  if (campaign.isStopped) say('stopped: the same command goes on where it was');
  if (campaign.isStopped) return 130;
  return Object.values(campaign.document.parts).some((p) => p.state === 'done') ? 0 : 8;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => reportError(error, false));
