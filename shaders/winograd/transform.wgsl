// The transforms of a tile of M x M pixels, by the names that the kernels call them: F(2x2, 3x3) as it stands, or
// F(4x4, 3x3) where a launcher says so. A two-dimensional transform is that of the columns, then that of the rows.
const M = 2u; // pixels that a tile makes along a side
const T = M + 2; // pixels that it reads
alias Line = array<vec4f, T>;
alias Made = array<vec4f, M>;
alias Window = array<f32, 3>;
alias Taps = array<f32, T>;

fn into_products(x: Line) -> Line { return into_products_f2(x); }
fn from_products(p: Line) -> Made { return from_products_f2(p); }
fn gradient_products(dy: Made) -> Line { return gradient_products_f2(dy); }
fn window_products(w: Window) -> Taps { return window_products_f2(w); }
fn window_of(p: Taps) -> Window { return window_of_f2(p); }

// Where the first tap of a pair of channels is in w or dw; the next is O C further on.
fn filter_at(o: u32, c: u32, O: u32) -> u32 {
  return (c / 4 * O + o) * 4 + c % 4;
}
