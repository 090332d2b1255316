// How the kernels for few channels read x, which lies in rows without padding: a thread works on a block of 4
// neighbouring pixels of a row of y, and reads its span of a row of x (thin/window_sizes.wgsl) by vec4s. What is
// outside of x counts as 0.
//
// A span starts somewhere in a vec4: the bits of that place that differ from row to row, and the bits that do not.
const VARIES = select(select(3u, 2u, IN_W % 2 == 0), 0u, IN_W % 4 == 0);
const FIXED = ((4 - PAD_W % 4) % 4) & (3 - VARIES);
const VEC4S = (VARIES + FIXED + SPAN + 3) / 4;
// Whether a span may reach outside of its row.
const MASKED = true;

alias E4 = vec4f; // x as stored

// Where 4 pixels of y are.
struct Block {
  n: u32,
  oy: u32,
  ox: u32,
}

fn block_of(number: u32) -> Block {
  let row = number / ROW_BLOCKS;
  return Block(row / OUT_H, row % OUT_H, number % ROW_BLOCKS * 4);
}

// Columns ix … ix + SPAN - 1 of row iy of a plane of x; both may be "negative": u32 wraps.
fn span_of(plane: u32, iy: u32, ix: u32) -> array<f32, SPAN> {
  let at = (plane * IN_H + iy) * IN_W + ix;
  let first = u32(i32(at) >> 2); // rounds down
  var v: array<f32, VEC4S * 4>;
  for (var i = 0u; i < VEC4S; i++) {
    let four = vec4f(x[first + i]);
    v[4 * i] = four.x;
    v[4 * i + 1] = four.y;
    v[4 * i + 2] = four.z;
    v[4 * i + 3] = four.w;
  }
  var span: array<f32, SPAN>;
  if (VARIES == 0) {
    for (var i = 0u; i < SPAN; i++) {
      span[i] = v[i + FIXED];
    }
  } else {
    let by_two = (((at & VARIES) | FIXED) & 2) != 0;
    let by_one = (((at & VARIES) | FIXED) & 1) != 0;
    var w: array<f32, SPAN + 1>;
    for (var i = 0u; i < SPAN + 1; i++) {
      w[i] = select(v[i], v[i + 2], by_two);
    }
    for (var i = 0u; i < SPAN; i++) {
      span[i] = select(w[i], w[i + 1], by_one);
    }
  }
  if (MASKED) {
    for (var i = 0u; i < SPAN; i++) {
      span[i] = select(span[i], 0.0, iy >= IN_H || ix + i >= IN_W);
    }
  }
  return span;
}
