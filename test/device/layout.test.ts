/** Lifetimes laid out in blocks: never two at once in the same bytes, never apart in one block, few bytes in all. */
import * as assert from 'uvu/assert';
import { layOut, peakBytes, type Layout, type Lifetime } from '../../src/device/memory/layout.js';
import { suite } from '../support/harness.js';

const test = suite('layout');

type Life = Lifetime & { readonly apart: Set<Lifetime> };

const life = (size: number, first: number, last: number): Life => ({ size, first, last, apart: new Set() });

function setApart(a: Life, b: Life): void {
  a.apart.add(b);
  b.apart.add(a);
}

const total = ({ blocks }: Layout): number => blocks.reduce((sum, size) => sum + size, 0);

/** Checks that nothing lies where it must not. */
function isRight(lives: readonly Life[], { blocks, spots }: Layout): void {
  for (const [i, a] of lives.entries()) {
    const at = spots[i];
    assert.ok(at.offset >= 0 && at.offset % 256 === 0 && at.offset + a.size <= blocks[at.block], 'inside its block');
    for (const [j, b] of lives.slice(0, i).entries()) {
      const other = spots[j];
      if (other.block !== at.block) continue;
      assert.not(a.apart.has(b), `${i} and ${j} are apart`);
      const together = a.first <= b.last && b.first <= a.last;
      const overlap = at.offset < other.offset + b.size && other.offset < at.offset + a.size;
      assert.not(together && overlap, `${i} and ${j} in the same bytes at once`);
    }
  }
}

/** Numbers from 0 to below n. */
function draws(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A list of commands of which each reads what some before it wrote. */
function network(seed: number, commands: number): Life[] {
  const draw = draws(seed);
  const lives: { made: Life; last: number }[] = [];
  const used: Life[][] = [];
  for (let i = 0; i < commands; i++) {
    const reads = Array.from(
      { length: Math.min(i, 1 + draw(3)) },
      () => lives[Math.max(0, i - 1 - draw(draw(4) === 0 ? i : 3))],
    );
    for (const one of reads) one.last = i;
    used.push(reads.map(({ made }) => made));
    lives.push({ made: life(256 * (1 + draw(draw(3) === 0 ? 20000 : 50)), i, i), last: i });
  }
  const found = new Map(lives.map(({ made, last }) => [made, life(made.size, made.first, last)]));
  for (const [i, reads] of used.entries())
    for (const read of reads) setApart(found.get(read) as Life, found.get(lives[i].made) as Life);
  return [...found.values()];
}

test('a chain needs two blocks, however long', () => {
  const chain = Array.from({ length: 50 }, (_, i) => life(1024, i, i + 1));
  for (let i = 1; i < 50; i++) setApart(chain[i - 1], chain[i]);
  const layout = layOut(chain);
  isRight(chain, layout);
  assert.equal(layout.blocks, [1024, 1024]);
  assert.is(peakBytes(chain), 2048);
});

test('what is live at once is the least that any layout takes', () => {
  assert.is(peakBytes([]), 0);
  assert.is(peakBytes([life(256, 0, 2), life(512, 1, 1), life(1024, 2, 5), life(256, 6, 6)]), 256 + 1024);
});

test('drawn networks: right, repeatable, and near what is needed', () => {
  const ratios: number[] = [];
  for (let seed = 1; seed <= 40; seed++) {
    const lives = network(seed, 20 + 5 * seed);
    const layout = layOut(lives);
    isRight(lives, layout);
    assert.equal(layOut(lives), layout);
    ratios.push(total(layout) / peakBytes(lives));
    assert.ok(ratios[ratios.length - 1] >= 1);
    const again = layOut(lives, { existing: layout.blocks, largest: Infinity });
    isRight(lives, again);
  }
  const mean = ratios.reduce((a, b) => a + b) / ratios.length;
  assert.ok(mean < 1.25, `${mean} times what is needed`);
});

test('what is there is used first and does not grow; no new block is larger than a buffer may be', () => {
  const lives = network(7, 120);
  const largest = Math.max(...lives.map(({ size }) => size));
  const layout = layOut(lives, { existing: [512, largest], largest });
  isRight(lives, layout);
  assert.equal(layout.blocks.slice(0, 2), [512, largest]);
  assert.ok(layout.blocks.every((size) => size <= largest));
  const [small, fits] = [life(256, 0, 3), life(1024, 1, 2)];
  const { blocks, spots } = layOut([small, fits], { existing: [4096], largest: 4096 });
  assert.equal(blocks, [4096]);
  assert.equal(
    spots.map(({ offset }) => offset).sort((a, b) => a - b),
    [0, 1024],
  );
});

test.run();
