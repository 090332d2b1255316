/** A shop of twelve products, and what the commands of retrieval answer. */
import { readFileSync } from 'node:fs';
import { halves, plain, spread } from '../../data/picture_files.js';

export interface Indexed {
  readonly count: number;
  readonly width: number;
  readonly columns: readonly string[];
  readonly brands: null | {
    readonly found: readonly (readonly [string, number])[];
    readonly unplaced: readonly string[];
  };
}

export interface Searched {
  readonly searched: number;
  readonly results: readonly {
    files: string[];
    similar: { id: string; score: number; label: string; columns: Record<string, string> }[];
  }[];
}

export interface Measured {
  readonly queries: number;
  readonly alone: number;
  readonly chance: number | null;
  readonly recall: Record<string, number>;
  readonly meanAveragePrecision: number;
}

/**
 * Twelve pictures: left half dark in `left`, right half dark in `right`, of two brands and several shades. Two files
 * are one picture.
 */
export async function products(cwd: string): Promise<void> {
  const lines = ['file,kind,sort,name'];
  for (let i = 0; i < 12; i++) {
    const isLeft = i % 2 === 0;
    const [dark, light] = [
      [10 + i, 20, 30],
      [250 - 3 * i, 240, 230],
    ] as const;
    const picture = isLeft ? halves(40, 40, dark, light) : halves(40, 40, light, dark);
    spread(cwd, { [`shop/images/${i}.png`]: await picture.png().toBuffer() });
    lines.push(`${i}.png,${isLeft ? 'left' : 'right'},shoe,${i < 6 ? 'Acme' : 'Bolt'} ${isLeft ? 'Low' : 'High'} ${i}`);
  }
  spread(cwd, {
    'shop/images/copy.png': readFileSync(`${cwd}/shop/images/0.png`),
    'shop/images/hat.png': await plain(40, 40, [9, 9, 9]).png().toBuffer(),
  });
  lines.push('copy.png,left,shoe,Acme Low 0', 'hat.png,left,hat,Nobody');
  spread(cwd, { 'shop/products.csv': lines.join('\n') });
}

export const TABLE = '--data shop/products.csv --label kind --where sort=shoe --brand-from name'.split(' ');
