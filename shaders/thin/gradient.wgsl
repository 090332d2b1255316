// How the kernels of the gradients for few channels read dy: a block of 4 pixels (thin/window.wgsl) of 4 channels.
const OUT_C = 32u; // of a group
const O_FOURS = (OUT_C + 3) / 4;
const IN_FOURS = true; // whether dy lies in fours of channels, else in rows
alias DY = vec4f; // as stored; where rows are not whole fours one number, and WIDTH is 1
const WIDTH = 4u;
fn four_at(at: u32) -> vec4f { return vec4f(dy[at]); }

// 4 pixels of dy (columns) of channels o … o + 3 of the group; 0 past the end of the row and past the last channel.
fn dy_block(n: u32, group: u32, o: u32, oy: u32, ox: u32, is_strip: bool) -> mat4x4f {
  var m: mat4x4f;
  if (IN_FOURS) {
    let at = ((n * GROUPS * OUT_C + group * OUT_C + o) / 4 * OUT_H + oy) * OUT_W + ox;
    m = mat4x4f(four_at(at), four_at(at + 1), four_at(at + 2), four_at(at + 3));
  } else {
    let at = (((n * GROUPS + group) * OUT_C + o) * OUT_H + oy) * OUT_W + ox;
    for (var r = 0u; r < 4; r++) {
      let row = four_at((at + r * OUT_H * OUT_W) / WIDTH);
      m[r] = select(vec4f(), row, OUT_C % 4 == 0 || o + r < OUT_C);
    }
    m = transpose(m);
  }
  let zero = vec4f();
  return mat4x4f(
    select(zero, m[0], is_strip),
    select(zero, m[1], is_strip && (OUT_W % 4 == 0 || ox + 1 < OUT_W)),
    select(zero, m[2], is_strip && (OUT_W % 4 == 0 || ox + 2 < OUT_W)),
    select(zero, m[3], is_strip && (OUT_W % 4 == 0 || ox + 3 < OUT_W)),
  );
}
