// says: before it has one
/** Reverse-mode differentiation of scalars: a value remembers what it was made of, and how to pass a gradient on. */
export class Value {
  constructor(data, inputs = [], pass = () => {}) {
    this.data = data;
    this.grad = 0; // d loss / d this, once backward has run
    this.inputs = inputs;
    this.pass = pass; // adds this.grad times the slope to the grad of each input
  }

  add(other) {
    const y = new Value(this.data + other.data, [this, other], () => {
      this.grad += y.grad;
      other.grad += y.grad;
    });
    return y;
  }

  mul(other) {
    const y = new Value(this.data * other.data, [this, other], () => {
      this.grad += y.grad * other.data;
      other.grad += y.grad * this.data;
    });
    return y;
  }

  tanh() {
    const y = new Value(Math.tanh(this.data), [this], () => {
      this.grad += y.grad * (1 - y.data * y.data);
    });
    return y;
  }

  /** Adds d this / d v to the grad of every value v that this was made of. */
  backward() {
    const order = []; // each value after its inputs
    const seen = new Set();
    const visit = (value) => {
      if (seen.has(value)) return;
      seen.add(value);
      for (const input of value.inputs) visit(input);
      order.push(value);
    };
    visit(this);
    this.grad = 1; // d this / d this
    for (const value of order) value.pass(); // each after all that use it
  }
}
