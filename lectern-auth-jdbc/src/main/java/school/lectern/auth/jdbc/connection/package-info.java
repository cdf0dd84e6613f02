/** Connections with deadlines, and the classification of their failures. Not exported: internal to the stores. */
@NullMarked
package school.lectern.auth.jdbc.connection;

import org.jspecify.annotations.NullMarked;
