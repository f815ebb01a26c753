// The images of a snapshot: built, pulled, and kept by a tag of ours each.
//
// `docker image prune` takes what has no tag, and -a takes what no container uses: after a cleanup
// both would take a former version away. A tag alone does not keep an image from `prune -a`; what
// is lost then comes back by its digest (verify_images). What was built here cannot.
#pragma once

#include "cli/stack/compose/snapshot_project.hpp"
#include "cli/stack/stack.hpp"

#include <set>
#include <string>
#include <vector>

namespace teal::cli::compose {

// What fetch_images would do for the color services with Fetch::as_needed: what has a build section
// is built (docker's cache may make that quick), the others are pulled when they are not here.
std::vector<ImagePlan> plan_images(const StackDefinition& definition);

// `directory` is the project's: credentials and relative paths of builds are resolved there.
std::vector<ImageRecord> fetch_images(const SnapshotProject& snapshot,
                                      const std::filesystem::path& directory, Fetch fetch,
                                      Progress& progress);

// Every record's pin names the recorded image afterwards. Throws Error naming the one that cannot
// be had.
void verify_images(const std::vector<ImageRecord>& images, Progress& progress);

// Tags of the snapshot, of this project only, but for `needed` ones. Images that containers still
// use stay.
void unpin_images(const std::string& project, const std::string& snapshot_id,
                  const std::set<std::string>& needed);

// The repository digest of `reference` among those of an image, or empty.
std::string digest_for(const std::string& reference, const std::vector<std::string>& digests);

}  // namespace teal::cli::compose
