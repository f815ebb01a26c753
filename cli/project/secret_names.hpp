// Which variables hold secrets, as far as their names and values tell, so that a list of them can
// be shown to somebody looking over the shoulder. Rather one too many than one too few.
#pragma once

#include <string>

namespace teal::cli {

// By its name (PASSWORD, SECRET, TOKEN, KEY … anywhere in it), or because the value is a URL with a
// password, or a private key.
bool is_secret(const std::string& name, const std::string& value);

// "********", or of a URL all but its password. An empty value hides nothing and stays.
std::string masked_value(const std::string& name, const std::string& value);

}  // namespace teal::cli
