/** Threads that the library starts. Not exported, except to the library's own modules. */
@NullMarked
package school.lectern.auth.thread;

import org.jspecify.annotations.NullMarked;
