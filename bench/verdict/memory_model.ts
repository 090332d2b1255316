/**
 * What a subgroup's access to memory costs, by the addresses of its lanes alone.
 *
 * Workgroup memory has 32 banks of 4 bytes: word i lies in bank i % 32. Lanes that want the same word get it together;
 * different words of one bank come one after the other. Accesses of 8 and of 16 bytes are served in phases of 16 and of
 * 8 neighbouring lanes, so that a phase moves 128 bytes at most.
 *
 * Memory is fetched in sectors of 32 bytes.
 */

export const BANKS = 32;
const WORD = 4;
export const SECTOR = 32;

/** A lane's first byte; null where it takes no part. */
export type Addresses = readonly (number | null)[];

export interface BankCost {
  /** Turns of the memory that the access takes, and that it would take without conflicts. */
  readonly turns: number;
  readonly ideal: number;
}

/** Turns of one phase: the most different words that one bank is asked for. */
function turnsOf(addresses: readonly number[], bytes: number): number {
  const words = new Map<number, Set<number>>();
  for (const address of addresses)
    for (let at = Math.floor(address / WORD); at * WORD < address + bytes; at++) {
      const bank = at % BANKS;
      words.set(bank, (words.get(bank) ?? new Set<number>()).add(at));
    }
  return Math.max(...[...words.values()].map((set) => set.size));
}

/** @param bytes that a lane moves: 16 at most. */
export function bankCost(addresses: Addresses, bytes: number): BankCost {
  const lanes = Math.floor((BANKS * WORD) / Math.max(WORD, bytes));
  let [turns, ideal] = [0, 0];
  for (let first = 0; first < addresses.length; first += lanes) {
    const phase = addresses.slice(first, first + lanes).filter((a): a is number => a !== null);
    if (phase.length === 0) continue;
    turns += turnsOf(phase, bytes);
    ideal++;
  }
  return { turns, ideal };
}

export interface SectorCost {
  /** Sectors that are fetched, and that the bytes wanted would fill. */
  readonly touched: number;
  readonly needed: number;
}

/** Bytes that several lanes want count once. */
export function sectorCost(addresses: Addresses, bytes: number): SectorCost {
  const sectors = new Set<number>();
  const wanted = new Set<number>();
  for (const address of addresses) {
    if (address === null) continue;
    wanted.add(address);
    for (let s = Math.floor(address / SECTOR); s * SECTOR < address + bytes; s++) sectors.add(s);
  }
  return { touched: sectors.size, needed: Math.ceil((wanted.size * bytes) / SECTOR) };
}
