// mlperf_loadgen_settings_*.

#include <memory>

#include "c/objects.h"
#include "c/status.h"

using namespace mlperf::c;

mlperf_loadgen_status mlperf_loadgen_settings_create(mlperf_loadgen_settings** settings) {
  return Guarded([&] {
    RequireNotNull(settings, "settings");
    *settings = nullptr;
    *settings = static_cast<mlperf_loadgen_settings*>(
        AllSettings().Add(std::make_shared<SettingsObject>()));
  });
}

mlperf_loadgen_status mlperf_loadgen_settings_destroy(mlperf_loadgen_settings* settings) {
  return Guarded([&] {
    if (settings != nullptr) AllSettings().Destroy(settings);
  });
}

mlperf_loadgen_status mlperf_loadgen_settings_set(mlperf_loadgen_settings* settings,
                                                  const char* name, const char* value) {
  return Guarded([&] {
    const auto object = AllSettings().Get(settings);
    RequireNotNull(name, "name");
    RequireNotNull(value, "value");
    object->values.Set(name, value);
  });
}

mlperf_loadgen_status mlperf_loadgen_settings_get(mlperf_loadgen_settings* settings,
                                                  const char* name, const char** value) {
  return Guarded([&] {
    RequireNotNull(value, "value");
    *value = nullptr;
    const auto object = AllSettings().Get(settings);
    RequireNotNull(name, "name");
    object->shown = object->values.Get(name);
    *value = object->shown.c_str();
  });
}

mlperf_loadgen_status mlperf_loadgen_settings_from_config(mlperf_loadgen_settings* settings,
                                                          const char* path, const char* model) {
  return Guarded([&] {
    const auto object = AllSettings().Get(settings);
    RequireNotNull(model, "model");
    object->values.ApplyConfig(path, model);
  });
}
