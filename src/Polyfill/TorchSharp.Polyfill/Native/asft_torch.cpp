// The native half of TorchSharp.Polyfill: calls any operator of libtorch by name through the c10 dispatcher's boxed
// interface, and the few things that are no operators (autograd, generators, threads). It keeps to what libtorch has
// had unchanged since 1.13.
//
// A tensor crosses the border as its TensorImpl*, holding one reference that asft_release gives back. Every function
// that may fail returns nullptr, or the error text of this thread; no C++ exception leaves this file.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#define ASFT_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// Kinds of a Value; Interop/Value.cs has the same list.
enum Kind : int32_t { None, Tensor, Int, Float, Bool, Complex, Ints, Floats, Tensors, OptionalTensors, Device, Generator, String };

struct Value {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double number;
    void* pointer;
  };
};

struct TensorInfo {
  int64_t numel, dim, offset;
  int32_t dtype, device_type, device_index, element_size;
  int32_t requires_grad, is_leaf, is_contiguous, is_sparse;
};

thread_local std::string last_error;

const char* error(const char* text) {
  last_error = text;
  return last_error.c_str();
}

template <class Body>
const char* guarded(Body&& body) {
  try {
    body();
    return nullptr;
  } catch (const c10::Error& e) {
    return error(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return error(e.what());
  } catch (...) {
    return error("libtorch threw something that is no exception.");
  }
}

at::Tensor borrow(void* handle) {
  if (handle == nullptr) return {};
  using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  return at::Tensor(Pointer::reclaim_copy(static_cast<c10::TensorImpl*>(handle)));
}

void* hand_out(at::Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

std::vector<at::Tensor> borrow_all(void** handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

c10::IValue to_ivalue(const Value& value) {
  switch (value.kind) {
    case Tensor: return borrow(value.pointer);
    case Int: return value.integer;
    case Float: return value.number;
    case Bool: return value.integer != 0;
    case Complex: {
      auto parts = static_cast<const double*>(value.pointer);
      return c10::complex<double>(parts[0], parts[1]);
    }
    case Ints: return at::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.count);
    case Floats: {
      auto first = static_cast<const double*>(value.pointer);
      return std::vector<double>(first, first + value.count);
    }
    case Tensors: return borrow_all(static_cast<void**>(value.pointer), value.count);
    case OptionalTensors: {
      c10::impl::GenericList list(c10::OptionalType::ofTensor());
      list.reserve(value.count);
      for (int32_t i = 0; i < value.count; i++) {
        auto handle = static_cast<void**>(value.pointer)[i];
        list.push_back(handle == nullptr ? c10::IValue() : c10::IValue(borrow(handle)));
      }
      return list;
    }
    case Device:
      return c10::Device(static_cast<c10::DeviceType>(value.count), static_cast<c10::DeviceIndex>(value.integer));
    case Generator: return *static_cast<at::Generator*>(value.pointer);
    case String: return std::string(static_cast<const char*>(value.pointer), value.count);
    default: return {};
  }
}

void from_ivalue(c10::IValue&& ivalue, Value& value) {
  value = Value{None, 0, {0}};
  if (ivalue.isTensor()) {
    value.kind = Tensor;
    value.pointer = hand_out(std::move(ivalue).toTensor());
  } else if (ivalue.isInt()) {
    value.kind = Int;
    value.integer = ivalue.toInt();
  } else if (ivalue.isDouble()) {
    value.kind = Float;
    value.number = ivalue.toDouble();
  } else if (ivalue.isBool()) {
    value.kind = Bool;
    value.integer = ivalue.toBool();
  } else if (ivalue.isTensorList()) {
    auto tensors = ivalue.toTensorVector();
    auto handles = static_cast<void**>(std::malloc(sizeof(void*) * (tensors.size() + 1)));
    if (handles == nullptr) throw std::bad_alloc();
    for (size_t i = 0; i < tensors.size(); i++) handles[i] = hand_out(std::move(tensors[i]));
    value.kind = Tensors;
    value.count = static_cast<int32_t>(tensors.size());
    value.pointer = handles;
  } else if (!ivalue.isNone()) {
    TORCH_CHECK(false, "An operator returned a ", ivalue.tagKind(), ", which TorchSharp.Polyfill does not pass on.");
  }
}

}  // namespace

ASFT_EXPORT const char* asft_version() { return TORCH_VERSION; }

// ---- operators ----

// The operator's handle, or nullptr in *op where this libtorch has none of that name and overload.
ASFT_EXPORT const char* asft_find(const char* name, const char* overload, void** op) {
  return guarded([&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    *op = found.has_value() ? new c10::OperatorHandle(*found) : nullptr;
  });
}

// Arguments left out take their schema's defaults. Of the results the first result_count are handed out.
ASFT_EXPORT const char* asft_call(void* op, const Value* arguments, int32_t count, Value* results, int32_t result_count) {
  // Kept between calls for its memory; an operator never calls back into this function.
  thread_local torch::jit::Stack stack;
  auto failure = guarded([&] {
    auto& handle = *static_cast<c10::OperatorHandle*>(op);
    auto& schema = handle.schema().arguments();
    for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(arguments[i]));
    for (size_t i = count; i < schema.size(); i++) {
      TORCH_CHECK(schema[i].default_value().has_value(), handle.schema().name(), " needs argument ", schema[i].name());
      stack.push_back(*schema[i].default_value());
    }
    handle.callBoxed(&stack);
    for (int32_t i = 0; i < result_count; i++) from_ivalue(std::move(stack.at(i)), results[i]);
  });
  stack.clear();
  return failure;
}

ASFT_EXPORT void asft_free(void* memory) { std::free(memory); }

// ---- tensors ----

ASFT_EXPORT void asft_retain(void* tensor) { c10::raw::intrusive_ptr::incref(static_cast<c10::TensorImpl*>(tensor)); }

ASFT_EXPORT void asft_release(void* tensor) { c10::raw::intrusive_ptr::decref(static_cast<c10::TensorImpl*>(tensor)); }

ASFT_EXPORT const char* asft_info(void* tensor, TensorInfo* info) {
  return guarded([&] {
    auto t = borrow(tensor);
    info->numel = t.numel();
    info->dim = t.dim();
    info->is_sparse = t.is_sparse();
    info->offset = info->is_sparse ? 0 : t.storage_offset();
    info->dtype = static_cast<int32_t>(t.scalar_type());
    info->device_type = static_cast<int32_t>(t.device().type());
    info->device_index = t.device().index();
    info->element_size = static_cast<int32_t>(t.element_size());
    info->requires_grad = t.requires_grad();
    info->is_leaf = t.is_leaf();
    info->is_contiguous = !info->is_sparse && t.is_contiguous();
  });
}

ASFT_EXPORT const char* asft_sizes(void* tensor, int64_t* sizes) {
  return guarded([&] {
    auto t = borrow(tensor);
    std::copy(t.sizes().begin(), t.sizes().end(), sizes);
  });
}

ASFT_EXPORT const char* asft_strides(void* tensor, int64_t* strides) {
  return guarded([&] {
    auto t = borrow(tensor);
    std::copy(t.strides().begin(), t.strides().end(), strides);
  });
}

ASFT_EXPORT const char* asft_data(void* tensor, void** data) {
  return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

// ---- autograd ----

ASFT_EXPORT const char* asft_set_requires_grad(void* tensor, int32_t value) {
  return guarded([&] { borrow(tensor).set_requires_grad(value != 0); });
}

ASFT_EXPORT const char* asft_grad(void* tensor, void** grad) {
  return guarded([&] { *grad = hand_out(borrow(tensor).grad()); });
}

ASFT_EXPORT const char* asft_set_grad(void* tensor, void* grad) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); });
}

ASFT_EXPORT const char* asft_backward(
    void** tensors, int64_t count, void** gradients, int64_t gradient_count, int32_t retain_graph, int32_t create_graph,
    void** inputs, int64_t input_count) {
  return guarded([&] {
    torch::autograd::backward(
        borrow_all(tensors, count), borrow_all(gradients, gradient_count), retain_graph != 0, create_graph != 0,
        borrow_all(inputs, input_count));
  });
}

// results has room for input_count handles.
ASFT_EXPORT const char* asft_gradients(
    void** outputs, int64_t count, void** inputs, int64_t input_count, void** gradients, int64_t gradient_count,
    int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** results) {
  return guarded([&] {
    auto found = torch::autograd::grad(
        borrow_all(outputs, count), borrow_all(inputs, input_count), borrow_all(gradients, gradient_count),
        retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < found.size(); i++) results[i] = hand_out(std::move(found[i]));
  });
}

ASFT_EXPORT int32_t asft_grad_enabled() { return at::GradMode::is_enabled(); }

ASFT_EXPORT void asft_set_grad_enabled(int32_t value) { at::GradMode::set_enabled(value != 0); }

ASFT_EXPORT int32_t asft_inference_enabled() { return c10::InferenceMode::is_enabled(); }

ASFT_EXPORT void* asft_inference_enter(int32_t value) { return new c10::InferenceMode(value != 0); }

ASFT_EXPORT void asft_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- random numbers ----

ASFT_EXPORT const char* asft_generator_default(void** generator) {
  return guarded([&] { *generator = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

ASFT_EXPORT const char* asft_generator_new(uint64_t seed, void** generator) {
  return guarded([&] { *generator = new at::Generator(at::detail::createCPUGenerator(seed)); });
}

ASFT_EXPORT void asft_generator_delete(void* generator) { delete static_cast<at::Generator*>(generator); }

ASFT_EXPORT const char* asft_generator_seed(void* generator, uint64_t seed) {
  return guarded([&] {
    auto& target = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(seed);
  });
}

ASFT_EXPORT uint64_t asft_generator_initial_seed(void* generator) {
  return static_cast<at::Generator*>(generator)->current_seed();
}

ASFT_EXPORT const char* asft_generator_state(void* generator, void** state) {
  return guarded([&] {
    auto& source = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    *state = hand_out(source.get_state());
  });
}

ASFT_EXPORT const char* asft_generator_set_state(void* generator, void* state) {
  return guarded([&] {
    auto& target = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(borrow(state));
  });
}

// ---- threads and devices ----

ASFT_EXPORT int32_t asft_threads() { return at::get_num_threads(); }

ASFT_EXPORT const char* asft_set_threads(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}

ASFT_EXPORT int32_t asft_interop_threads() { return at::get_num_interop_threads(); }

ASFT_EXPORT const char* asft_set_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

ASFT_EXPORT const char* asft_cuda_devices(int32_t* count) {
  return guarded([&] { *count = torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
}

ASFT_EXPORT const char* asft_cuda_seed(uint64_t seed, int32_t all) {
  return guarded([&] {
    if (all != 0) torch::cuda::manual_seed_all(seed);
    else torch::cuda::manual_seed(seed);
  });
}

ASFT_EXPORT const char* asft_cuda_synchronize(int64_t index) {
  return guarded([&] { torch::cuda::synchronize(index); });
}
