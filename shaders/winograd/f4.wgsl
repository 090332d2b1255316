// F(4x4, 3x3): 4 x 4 pixels of the output from 6 x 6 of the input by 36 products instead of 144; see
// winograd/f2.wgsl. The points are 0, a, -a, 1 / a, -1 / a and infinity with a = sqrt(1/2): rounding errors are a
// third of those of the usual 0, 1, -1, 2, -2 (docs/performance/winograd.md).

const A = 0.70710678118654752;
const B = 1.4142135623730951; // 1 / a

// B^T x
fn into_products_f4(x: array<vec4f, 6>) -> array<vec4f, 6> {
  let even_a = x[4] - 2.0 * x[2];
  let odd_a = A * x[3] - B * x[1];
  let even_b = x[4] - 0.5 * x[2];
  let odd_b = B * x[3] - A * x[1];
  return array<vec4f, 6>(
    (x[0] - 2.5 * x[2]) + x[4],
    even_a + odd_a,
    even_a - odd_a,
    even_b + odd_b,
    even_b - odd_b,
    (x[1] - 2.5 * x[3]) + x[5],
  );
}

// G w
fn window_products_f4(w: array<f32, 3>) -> array<f32, 6> {
  let even_a = -(2.0 / 3.0) * w[0] - (1.0 / 3.0) * w[2];
  let odd_a = -(2.0 / 3.0 * A) * w[1];
  let even_b = (1.0 / 6.0) * w[0] + (1.0 / 3.0) * w[2];
  let odd_b = (B / 6.0) * w[1];
  return array<f32, 6>(w[0], even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, w[2]);
}

// A^T p
fn from_products_f4(p: array<vec4f, 6>) -> array<vec4f, 4> {
  let sum_a = p[1] + p[2];
  let less_a = A * (p[1] - p[2]);
  let sum_b = p[3] + p[4];
  let less_b = B * (p[3] - p[4]);
  return array<vec4f, 4>(
    p[0] + (sum_a + sum_b),
    less_a + less_b,
    0.5 * sum_a + 2.0 * sum_b,
    (0.5 * less_a + 2.0 * less_b) + p[5],
  );
}

// A dy, for the gradient of the weights
fn gradient_products_f4(dy: array<vec4f, 4>) -> array<vec4f, 6> {
  let even_a = dy[0] + 0.5 * dy[2];
  let odd_a = A * (dy[1] + 0.5 * dy[3]);
  let even_b = dy[0] + 2.0 * dy[2];
  let odd_b = B * (dy[1] + 2.0 * dy[3]);
  return array<vec4f, 6>(dy[0], even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, dy[3]);
}

// G^T p
fn window_of_f4(p: array<f32, 6>) -> array<f32, 3> {
  let sum_a = -(2.0 / 3.0) * (p[1] + p[2]);
  let sum_b = (1.0 / 6.0) * (p[3] + p[4]);
  return array<f32, 3>(
    p[0] + (sum_a + sum_b),
    -(2.0 / 3.0 * A) * (p[1] - p[2]) + (B / 6.0) * (p[3] - p[4]),
    (0.5 * sum_a + 2.0 * sum_b) + p[5],
  );
}
