/** Tensors as text, the way NumPy and PyTorch print them. */
import { render } from './render.js';
import { formatShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** `tensor (2, 2) f32\n[[1, 2],\n [3, 4]]`, after everything recorded so far. @param digits of a fraction. */
export async function format(x: Tensor, digits = 4): Promise<string> {
  const values = await x.read();
  return `tensor ${formatShape(x.shape)} ${x.dtype}\n${render(x, (i) => values[i], digits)}`;
}
