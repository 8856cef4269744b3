// replay FOLDER...: writes replayed_summary.txt and replayed_results.txt into each folder that
// holds the measurements.txt of a recorded run.

#include "../replay.h"

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

void Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    for (int i = 1; i < argc; ++i) {
      const std::string folder = argv[i];
      const recorded::Texts texts = recorded::Replay(folder);
      Write(folder + "/replayed_summary.txt", texts.summary);
      Write(folder + "/replayed_results.txt", texts.results);
    }
  } catch (const std::exception& error) {
    std::cerr << "replay: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
