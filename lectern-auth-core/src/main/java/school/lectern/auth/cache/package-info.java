/** Answers for tokens from memory, for as long as what it has kept is sure to be what the store would say. */
@NullMarked
package school.lectern.auth.cache;

import org.jspecify.annotations.NullMarked;
