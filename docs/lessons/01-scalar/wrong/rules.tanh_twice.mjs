// says: y is tanh(a) already
export const mulBackward = (a, b, dy) => ({ da: dy * b, db: dy * a });
export const divBackward = (a, b, dy) => ({ da: dy / b, db: (-dy * a) / (b * b) });
export const powBackward = (a, n, dy) => ({ da: dy * n * a ** (n - 1) });
export const tanhBackward = (y, dy) => ({ da: dy * (1 - Math.tanh(y) ** 2) });
