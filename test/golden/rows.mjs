/** Prints the rows of the elementwise tables as JSON, for make_elementwise.py and make_edges.py. Build first. */
import { BINARY } from '../../dist/src/kernels/elementwise/binary_table.js';
import { UNARY } from '../../dist/src/kernels/elementwise/unary_table.js';
import { LOSSES } from '../../dist/src/kernels/loss/loss_table.js';

/** JSON has no infinity and no NaN. */
const spelled = (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
const binary = Object.fromEntries(Object.entries(BINARY).filter(([name]) => !(name in LOSSES)));
process.stdout.write(JSON.stringify({ unary: UNARY, binary }, spelled));
