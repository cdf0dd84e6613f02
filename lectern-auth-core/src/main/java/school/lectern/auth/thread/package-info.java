/** The threads of the library. Exported only to the library's own modules. */
@NullMarked
package school.lectern.auth.thread;

import org.jspecify.annotations.NullMarked;
