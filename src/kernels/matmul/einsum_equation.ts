/**
 * Equations of einsum, read and checked: `bij,bjk->bik`. A letter names a dimension; the dimensions of an ellipsis are
 * named by their place from the last on, `.0`, `.1`, …, so that those of several tensors meet as in broadcasting.
 */
import { ShapeError } from '../../device/errors.js';
import { formatShape, type Shape } from '../../tensor/shape.js';

/** Names of dimensions: letters, or `.0`, `.1`, … of an ellipsis. */
export type Labels = readonly string[];

export interface Einsum {
  /** Of each tensor, as many as it has dimensions. */
  readonly inputs: readonly Labels[];
  /** Of the result. */
  readonly output: Labels;
  /** Size of each label. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * The labels of an equation for tensors of these shapes. Without `->` the result has the ellipsis, then the letters
 * that occur once, in the order of their codes (A to Z before a to z), as torch.einsum.
 * @throws ShapeError when the equation is malformed, or shapes do not fit it.
 */
export function parseEinsum(equation: string, shapes: readonly Shape[]): Einsum {
  const text = equation.replaceAll(' ', '');
  const fail = (rule: string, fix?: string): never => {
    throw new ShapeError(`[einsum] "${equation}" of ${shapes.map(formatShape).join(', ') || 'nothing'}: ${rule}`, {
      ...(fix === undefined ? {} : { fix }),
    });
  };
  const sides = text.split('->');
  if (sides.length > 2) fail('has more than one ->');
  const terms = sides[0].split(',');
  if (terms.length !== shapes.length) fail(`${terms.length} terms for ${shapes.length} tensors`);
  const tokens = [...terms, ...sides.slice(1)].map(
    (term) =>
      tokensOf(term) ??
      fail(`"${term}" is not letters and at most one ellipsis`, 'name each dimension by a letter, e.g. "ij,jk->ik"'),
  );
  const sizes = new Map<string, number>();
  const inputs = shapes.map((shape, t) => {
    const letters = tokens[t].filter((token) => token !== ELLIPSIS).length;
    const missing = shape.length - letters;
    if (missing < 0 || (missing > 0 && !tokens[t].includes(ELLIPSIS)))
      fail(`"${terms[t]}" names ${letters} dimensions of ${formatShape(shape)}`);
    const labels = spread(tokens[t], missing);
    for (const [d, label] of labels.entries()) {
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && shape[d] !== 1 && known !== shape[d])
        fail(`${label.startsWith('.') ? 'the ellipsis' : label} has the sizes ${known} and ${shape[d]}`);
      if (labels.indexOf(label) !== d && shape[labels.indexOf(label)] !== shape[d])
        fail(`"${terms[t]}" takes a diagonal of ${formatShape(shape)}, whose sizes differ`);
      sizes.set(label, known === 1 ? shape[d] : known);
    }
    return labels;
  });
  const dots = [...sizes.keys()].filter((label) => label.startsWith('.')).length;
  const output = sides.length === 2 ? spread(tokens[shapes.length], dots) : implicitOutput(inputs, dots);
  for (const [d, label] of output.entries()) {
    if (!sizes.has(label)) fail(`${label} of the result is in no term`);
    if (output.indexOf(label) !== d) fail(`${label} is twice in the result`);
  }
  return { inputs, output, sizes };
}

const ELLIPSIS = '...';

/** Letters and at most one ellipsis, or null. */
function tokensOf(term: string): string[] | null {
  if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)) return null;
  return term.match(/[A-Za-z]|\.\.\./g) ?? [];
}

/** The ellipsis replaced by its `count` labels. */
function spread(tokens: readonly string[], count: number): string[] {
  const dots = Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
  return tokens.flatMap((token) => (token === ELLIPSIS ? dots : [token]));
}

function implicitOutput(inputs: readonly Labels[], dots: number): string[] {
  const all = inputs.flat();
  const once = all.filter((label) => !label.startsWith('.') && all.indexOf(label) === all.lastIndexOf(label));
  return [...spread([ELLIPSIS], dots), ...once.sort()];
}
