// F(2x2, 3x3): 2 x 2 pixels of the output from 4 x 4 of the input by 16 products instead of 36. A line of the output is
// y = A^T ((G w) .* (B^T x)); the matrices are those of the points 0, 1, -1 and infinity (A. Lavin, S. Gray: Fast
// Algorithms for Convolutional Neural Networks, 2016).
const M = 2u; // pixels that a tile makes along a side
const T = 4u; // pixels that it reads
alias Line = array<vec4f, T>;
alias Made = array<vec4f, M>;
alias Window = array<f32, 3>;
alias Line1 = array<f32, T>;

// B^T x
fn into_products(x: Line) -> Line {
  return Line(x[0] - x[2], x[1] + x[2], x[2] - x[1], x[3] - x[1]);
}

// G w
fn window_products(w: Window) -> Line1 {
  let sum = w[0] + w[2];
  return Line1(w[0], 0.5 * (sum + w[1]), 0.5 * (sum - w[1]), w[2]);
}

// A^T p
fn from_products(p: Line) -> Made {
  return Made(p[0] + (p[1] + p[2]), (p[1] - p[2]) + p[3]);
}

// A dy, for the gradient of the weights
fn gradient_products(dy: Made) -> Line {
  return Line(dy[0], dy[0] + dy[1], dy[0] - dy[1], dy[1]);
}

// G^T p
fn window_of(p: Line1) -> Window {
  let half = 0.5 * (p[1] + p[2]);
  return Window(p[0] + half, 0.5 * (p[1] - p[2]), half + p[3]);
}
