/**
 * The CPU references: against PyTorch's numbers, and their backward loops against central differences of their forward.
 */
import { checkReferenceAgainstTorch, checkReferenceGradients } from '../support/check_op.js';
import { askedSpecs, isAsked } from '../support/every_op.js';
import { readGolden } from '../support/golden.js';
import { suite } from '../support/harness.js';
import { specOf } from '../../src/cases/index.js';
import { caseName } from '../../src/cases/spec.js';

const golden = readGolden();
const test = suite('references');
for (const g of golden.cases.filter(({ op }) => isAsked(op)))
  test(`${g.op}: ${g.name}`, () => checkReferenceAgainstTorch(specOf(g.op), g));
for (const spec of askedSpecs.filter((s) => s.cpuBackward !== undefined)) {
  for (const c of spec.cases.filter((c) => c.forwardOnly === undefined))
    test(`backward loops of ${caseName(spec, c)}`, () => checkReferenceGradients(spec, c));
}
test.run();
