// sluicectl: what a person uses. The commands stand each in the file of its name.
#include "tools/sluicectl/command.h"

int main(int argc, char** argv) {
  return sluice::ctl::run_command_line(argc, argv);
}
