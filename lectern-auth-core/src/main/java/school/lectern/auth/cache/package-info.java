/** Serves tokens from memory, for as long as the cached rows are certain to be the rows that the store would return. */
@NullMarked
package school.lectern.auth.cache;

import org.jspecify.annotations.NullMarked;
