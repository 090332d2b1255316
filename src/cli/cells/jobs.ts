/** `--jobs N`: groups of cells in child processes of this machine, so many at a time. */
import { setTimeout as pause } from 'node:timers/promises';
import { env } from '#platform';
import type { CellGroup } from '../../cells/cell.js';
import type { CellPlan } from '../../cells/plan.js';
import { readStates } from '../../cells/state.js';
import { adapterLine, listAdapters, summarizeAdapter } from '../../device/adapter.js';
import { InterruptedError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { say } from '../output.js';
import { Children } from './child.js';
import type { Executor } from './executor.js';
import { StateDisplay } from './state_display.js';

const REFRESH = 1000;

export function inChildren(plan: CellPlan, out: string, jobs: number, argv: Parsed): Executor {
  return {
    run: async (groups) => {
      const waiting: CellGroup[] = [];
      for (const group of groups)
        if ((await readStates(out, group.cells)).some((s) => s.state !== 'done')) waiting.push(group);
      // the keys of imbalance are those of one adapter
      const adapters = plan.kind === 'imbalance' ? [] : await ownAdapters(argv);
      if (adapters.length > 0) say(`the processes take turns on these adapters: ${adapters.join('; ')}`);
      const children = new Children();
      const slot = async (number: number): Promise<void> => {
        const adapter = adapters.length > 0 ? adapters[number % adapters.length] : argv['adapter'];
        for (let group = waiting.shift(); group !== undefined && !children.isStopped; group = waiting.shift())
          await children.compute(out, group, { adapter, tune: argv['tune'] });
      };
      try {
        const slots = Array.from({ length: Math.min(jobs, waiting.length) }, (_, i) => slot(i));
        await showUntil(Promise.all(slots), out, plan);
      } finally {
        children.release();
      }
      if (children.received !== null)
        throw new InterruptedError('stopped; the same command goes on where it stopped', children.received);
    },
  };
}

/** Shows the cells until the work is over. */
async function showUntil(work: Promise<unknown>, out: string, { cells }: CellPlan): Promise<void> {
  const display = new StateDisplay();
  let isOver = false;
  const ended = work.finally(() => (isOver = true));
  ended.catch(() => {}); // awaited below
  try {
    for (; !isOver; await Promise.race([pause(REFRESH), ended])) display.show(await readStates(out, cells));
    display.show(await readStates(out, cells));
  } finally {
    display.end();
  }
  await ended;
}

/** The adapters that are no software, where there are several and none was chosen. */
async function ownAdapters({ adapter }: Parsed): Promise<string[]> {
  if (adapter !== undefined || env('WEFT_ADAPTER') !== undefined) return [];
  const found = (await listAdapters()).map(summarizeAdapter).filter((a) => !a.isSoftware);
  return found.length > 1 ? found.map(adapterLine) : [];
}
