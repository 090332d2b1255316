// How sums become elements of c: bias, what is there already, activation. C_LANES neighbours are one element of the
// array.
override HAS_BIAS: bool = false;
override ACCUMULATE: bool = false;
alias V = f32;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
// Where rows of c start on whole fours, four columns are written at once: the three are specialised together, C as it
// is stored.
const C_LANES = 1u;
alias C = f32;
fn lanes_of(v: vec4f, i: u32) -> V { return v[i]; }

// bias[n .. n + 3], zero outside.
fn bias_at(n: u32) -> vec4f {
  var v = vec4f();
  if (HAS_BIAS) {
    for (var i = 0u; i < 4; i++) {
      if (n + i < params.N) {
        v[i] = bias[params.bias_offset + n + i];
      }
    }
  }
  return v;
}

fn store_c_at(place: u32, v: V) {
  if (ACCUMULATE) {
    c[place] = C(activate(v + V(c[place])));
  } else {
    c[place] = C(activate(v));
  }
}

// c[m, n .. n + 3] = activate(v), without what lies outside.
fn store_c(batch: u32, m: u32, n: u32, v: vec4f) {
  if (m < params.M && n < params.N) {
    let at = params.c_offset + batch * params.c_batch + m * params.c_m + n;
    if (C_LANES == 4) {
      store_c_at(at / 4, lanes_of(v, 0));
    } else {
      // A bound that the compiler does not know: unrolled, four stores in each of many rows take seconds to compile.
      let end = min(4u, params.N - n);
      for (var i = 0u; i < end; i++) {
        store_c_at(at + i, lanes_of(v, i));
      }
    }
  }
}
