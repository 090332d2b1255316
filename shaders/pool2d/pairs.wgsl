// Pooling of 2x2 windows with stride 2 that lie within the plane, rows of x of even length: the windows of a row are
// pairs of neighbours, so a thread reads whole vectors of x. Where rows divide by 4 a vector is two pairs and a thread
// makes two outputs (X = vec4f), else one (X = vec2f). Needs pool2d/params.wgsl for H, W and oH. The launcher
// specialises all that follows together.
alias X = vec4f;
alias Y = vec2f;
alias I = vec2u;
alias EX = vec4f; // X and Y as stored
alias EY = vec2f;
const PAIRS = 2u; // outputs of a thread
const FIRST = vec2u(0, 2); // the columns of x, counted from the thread's first, where its windows start
fn left(x: X) -> Y { return x.xz; }
fn right(x: X) -> Y { return x.yw; }
fn joined(left: Y, right: Y) -> X { return vec4f(left.x, right.x, left.y, right.y); }

// Vectors of x in a row, and a thread's first one.
fn x_row() -> u32 {
  return W / (2 * PAIRS);
}

fn x_place(i: u32) -> u32 {
  let row = x_row();
  return i / (row * oH) * H * row + i / row % oH * 2 * row + i % row;
}
