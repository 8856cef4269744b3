// Says the type of a Python object where pybind11 would say no more than `object`.

#ifndef MLPERF_LOADGEN_BINDINGS_TYPED_H_
#define MLPERF_LOADGEN_BINDINGS_TYPED_H_

#include <algorithm>
#include <cstddef>
#include <utility>

#include "python.h"

namespace mlperf::python {

template <size_t size>
struct TypeText {
  // NOLINTNEXTLINE(google-explicit-constructor): a template argument is written as a literal
  constexpr TypeText(const char (&text)[size]) { std::copy_n(text, size, chars); }
  char chars[size]{};
};

// A `Base` whose type is `text` in the signature of a function, and so in the stub. Nothing but
// `Base` is checked: for what a function makes itself, or checks itself with a better message.
template <TypeText text, typename Base = py::object>
class Typed : public Base {
 public:
  using Base::Base;
  Typed() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): any object of the base will do
  Typed(Base untyped) : Base(std::move(untyped)) {}

  static bool check_(py::handle object) { return py::isinstance<Base>(object); }
};

// A str that is one of `texts`.
template <TypeText... texts>
class OneOf : public py::str {
  using py::str::str;
};

}  // namespace mlperf::python

template <mlperf::python::TypeText text, typename Base>
struct pybind11::detail::handle_type_name<mlperf::python::Typed<text, Base>> {
  static constexpr auto name = const_name(text.chars);
};

template <mlperf::python::TypeText... texts>
struct pybind11::detail::handle_type_name<mlperf::python::OneOf<texts...>> {
  static constexpr auto name =
      const_name("Literal[") +
      concat((const_name("'") + const_name(texts.chars) + const_name("'"))...) + const_name("]");
};

#endif  // MLPERF_LOADGEN_BINDINGS_TYPED_H_
