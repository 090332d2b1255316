/** A kernel's accesses to memory: its shader run as each lane of a subgroup (wgsl/), and the model's cost of each. */
import type { Dispatch, Pipeline } from './collect.js';
import { bankCost, SECTOR, sectorCost } from './memory_model.js';
import type { Access } from './wgsl/evaluator.js';
import { Lane } from './wgsl/lane.js';
import { parseProgram } from './wgsl/parse.js';
import { UnknownSyntax } from './wgsl/syntax.js';

/** One place of a shader that reads or writes memory. */
export interface Site {
  /** As the shader writes it: `x_tile[at + 1]`. */
  readonly text: string;
  readonly variable: string;
  readonly space: 'storage' | 'workgroup';
  readonly isWrite: boolean;
  readonly bytes: number;
  /** Loops around it. */
  readonly depth: number;
  /** Turns or sectors over those that would do: 1 is best. Null where addresses depend on what memory holds. */
  readonly factor: number | null;
}

export interface Trace {
  readonly sites: readonly Site[];
  /** Over the reads of workgroup memory in the innermost loops, by their turns: null where there are none. */
  readonly bankConflict: number | null;
  /** Over the loads and stores of memory, by their sectors; null where there are none that are known. */
  readonly coalescing: number | null;
  /** Bytes of sectors for each byte that a lane loads: less than 1 where lanes want the same; null where not known. */
  readonly fetched: number | null;
}

interface Occurrence {
  readonly access: Access;
  readonly addresses: (number | null)[];
}

interface Cost {
  readonly site: Omit<Site, 'factor'>;
  paid: number;
  ideal: number;
  /** Bytes that the lanes move, counted for each. */
  bytes: number;
  isKnown: boolean;
}

const MAX_GRID = 65535;

/** The workgroup in the middle of a dispatch: those at its ends meet edges. */
function middle(workgroups: number): { workgroup: [number, number, number]; grid: [number, number, number] } {
  const x = Math.min(workgroups, MAX_GRID);
  const at = Math.floor(workgroups / 2);
  return { workgroup: [at % x, Math.floor(at / x), 0], grid: [x, Math.ceil(workgroups / x), 1] };
}

function occurrencesOf({ code, constants }: Pipeline, { workgroups, words }: Dispatch, subgroup: number): Occurrence[] {
  const found = new Map<string, Occurrence>();
  let current = 0;
  let lanes = subgroup;
  const lane = new Lane(parseProgram(code), constants, words, (access) => {
    let occurrence = found.get(access.path);
    if (occurrence === undefined)
      found.set(access.path, (occurrence = { access, addresses: Array<number | null>(lanes).fill(null) }));
    occurrence.addresses[current] = access.offset ?? NaN;
  });
  lanes = Math.min(subgroup, lane.threads);
  for (current = 0; current < lanes; current++) lane.run({ lane: current, ...middle(workgroups), subgroup });
  return [...found.values()];
}

/** Costs of the same place added up over its turns. */
function sumUp(occurrences: readonly Occurrence[]): Cost[] {
  const sites = new Map<string, Cost>();
  for (const { access, addresses } of occurrences) {
    const { id, text, variable, space, isWrite, bytes, depth } = access;
    const key = `${id} ${isWrite} ${variable} ${depth}`;
    let cost = sites.get(key);
    if (cost === undefined) {
      const site = { text, variable, space, isWrite, bytes, depth };
      sites.set(key, (cost = { site, paid: 0, ideal: 0, bytes: 0, isKnown: true }));
    }
    if (addresses.some((a) => Number.isNaN(a))) {
      cost.isKnown = false;
    } else if (space === 'workgroup') {
      const { turns, ideal } = bankCost(addresses, bytes);
      cost.paid += turns;
      cost.ideal += ideal;
    } else {
      const { touched, needed } = sectorCost(addresses, bytes);
      cost.paid += touched;
      cost.bytes += bytes * addresses.filter((a) => a !== null).length;
      cost.ideal += needed;
    }
  }
  return [...sites.values()];
}

function ratio(costs: readonly Cost[]): number | null {
  const [paid, ideal] = [costs.reduce((n, c) => n + c.paid, 0), costs.reduce((n, c) => n + c.ideal, 0)];
  return ideal === 0 ? null : paid / ideal;
}

/** Over the loads in loops, or all where there are none. */
function fetchedOf(loads: readonly Cost[]): number | null {
  const inLoops = loads.filter(({ site }) => site.depth > 0);
  const counted = inLoops.length > 0 ? inLoops : loads;
  const bytes = counted.reduce((n, c) => n + c.bytes, 0);
  return bytes === 0 ? null : (SECTOR * counted.reduce((n, c) => n + c.paid, 0)) / bytes;
}

/** @returns why it cannot be told, where the shader has what wgsl/ does not know. */
export function traceKernel(pipeline: Pipeline, dispatch: Dispatch, subgroup: number): Trace | string {
  try {
    const costs = sumUp(occurrencesOf(pipeline, dispatch, subgroup));
    const known = costs.filter((c) => c.isKnown);
    const reads = known.filter(({ site }) => site.space === 'workgroup' && !site.isWrite);
    const deepest = Math.max(0, ...reads.map(({ site }) => site.depth));
    return {
      sites: costs.map((c) => ({ ...c.site, factor: c.isKnown && c.ideal > 0 ? c.paid / c.ideal : null })),
      bankConflict: ratio(reads.filter(({ site }) => site.depth === deepest)),
      coalescing: ratio(known.filter(({ site }) => site.space === 'storage')),
      fetched: fetchedOf(known.filter(({ site }) => site.space === 'storage' && !site.isWrite)),
    };
  } catch (error) {
    if (error instanceof UnknownSyntax) return error.message;
    throw error;
  }
}
