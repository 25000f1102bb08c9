// Boost.JSON's own sources: Debian's headers-only package has no library of it.
#include <boost/json/src.hpp>
