package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;

/** Closed objects leave nothing behind: no class of the library has a static field that could grow. */
class StaticStateTest {

    /** The text of one moment, which the next moment's text replaces, so it cannot grow. */
    private static final String ONE_VALUE = "school.lectern.auth.dialect.LimitValue$ResetTime.last";

    @Test
    void no_static_field_can_change() throws Exception {
        List<Field> changing = new ArrayList<>();
        for (Class<?> type : classes()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && !field.isSynthetic() && changes(field)) {
                    changing.add(field);
                }
            }
        }
        assertThat(changing)
                .extracting(field -> field.getDeclaringClass().getName() + "." + field.getName())
                .isSubsetOf(ONE_VALUE);
    }

    @Test
    void the_search_finds_fields_that_can_grow() throws Exception {
        assertThat(changes(Leaks.class.getDeclaredField("MAP"))).isTrue();
        assertThat(changes(Leaks.class.getDeclaredField("THREADS"))).isTrue();
        assertThat(changes(Leaks.class.getDeclaredField("REFERENCE"))).isTrue();
        assertThat(changes(Leaks.class.getDeclaredField("count"))).isTrue();
        assertThat(changes(Leaks.class.getDeclaredField("FIXED"))).isFalse();
        assertThat(classes()).contains(LecternAuth.class, TokenRow.class).hasSizeGreaterThan(150);
    }

    @SuppressWarnings("unused")
    private static final class Leaks {
        private static final Map<String, String> MAP = new java.util.HashMap<>();
        private static final ThreadLocal<String> THREADS = new ThreadLocal<>();
        private static final AtomicReference<String> REFERENCE = new AtomicReference<>();
        private static final List<String> FIXED = List.of("a");
        private static int count;
    }

    private static boolean changes(Field field) throws IllegalAccessException {
        if (!Modifier.isFinal(field.getModifiers())) {
            return true;
        }
        if (field.getType().isPrimitive() || !field.trySetAccessible()) {
            return false;
        }
        Object value = field.get(null);
        String name = value == null ? "" : value.getClass().getName();
        boolean immutable = name.startsWith("java.util.ImmutableCollections") || name.contains("$Unmodifiable");
        boolean container = value instanceof Collection
                || value instanceof Map
                || value instanceof ThreadLocal
                || value instanceof Executor
                || name.startsWith("java.util.concurrent.")
                || name.startsWith("com.github.benmanes.");
        return container && !immutable;
    }

    private static List<Class<?>> classes() throws Exception {
        List<Class<?>> found = new ArrayList<>();
        for (Class<?> one : List.of(LecternAuth.class, JdbcStorage.class)) {
            found.addAll(classesBeside(one));
        }
        return found;
    }

    private static List<Class<?>> classesBeside(Class<?> one) throws IOException, URISyntaxException {
        URI place = one.getProtectionDomain().getCodeSource().getLocation().toURI();
        if (Files.isDirectory(Path.of(place))) {
            return classesUnder(Path.of(place));
        }
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(place))) {
            return classesUnder(jar.getPath("/"));
        }
    }

    private static List<Class<?>> classesUnder(Path root) throws IOException {
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                String name = root.relativize(file).toString();
                if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                    found.add(load(
                            name.substring(0, name.length() - ".class".length()).replace('/', '.')));
                }
            }
        }
        return found;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException gone) {
            throw new AssertionError(gone);
        }
    }
}
