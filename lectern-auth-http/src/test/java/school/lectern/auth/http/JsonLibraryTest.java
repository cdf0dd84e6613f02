package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The management API works with each version of Jackson, and says at its start that it has none. */
class JsonLibraryTest {

    private static final String PACKAGE = JsonLibraryTest.class.getPackageName();

    private static final Predicate<Path> JACKSON_2 = jar("jackson-(core|databind)-2\\..*");
    private static final Predicate<Path> JACKSON_3 = jar("jackson-(core|databind)-3\\..*");

    private static Predicate<Path> jar(String name) {
        Pattern pattern = Pattern.compile(name);
        return path -> pattern.matcher(path.getFileName().toString()).matches();
    }

    private static Stream<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of);
    }

    /** Loads all classes itself, without the libraries that it leaves out, and remembers their names. */
    private static final class Application extends URLClassLoader {

        private final Set<String> loaded = ConcurrentHashMap.newKeySet();

        Application(Predicate<Path> without) {
            super(
                    classPath().filter(without.negate()).map(Application::url).toArray(URL[]::new),
                    ClassLoader.getPlatformClassLoader());
        }

        private static URL url(Path path) {
            try {
                return path.toUri().toURL();
            } catch (MalformedURLException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> found = super.findClass(name);
            loaded.add(name);
            return found;
        }

        private boolean hasLoaded(String start) {
            return loaded.stream().anyMatch(name -> name.startsWith(start));
        }

        @SuppressWarnings("unchecked")
        List<String> run() throws Exception {
            Method run = loadClass(ManagementRound.class.getName()).getMethod("run");
            try {
                return (List<String>) run.invoke(null);
            } catch (InvocationTargetException failed) {
                throw failed.getCause() instanceof Exception cause ? cause : failed;
            }
        }
    }

    private static void works(Application application) throws Exception {
        List<String> bodies = application.run();
        assertThat(bodies.get(0)).startsWith("{\"token\":\"sk_").contains("\"name\":\"m\u00fcller\"");
        assertThat(bodies.get(1)).startsWith("[{").endsWith("}]").contains("\"name\":\"m\u00fcller\"");
        assertThat(bodies.get(2)).contains("\"event\":\"token.issued\"").endsWith("}\n");
        assertThat(bodies.get(3)).contains("no name twice");
    }

    @Test
    void jackson_2_is_enough() throws Exception {
        try (Application application = new Application(JACKSON_3)) {
            works(application);
            assertThat(application.hasLoaded("com.fasterxml.jackson.databind.")).isTrue();
            assertThat(application.hasLoaded(PACKAGE + ".Jackson3Codec")).isFalse();
        }
    }

    @Test
    void jackson_3_is_enough() throws Exception {
        try (Application application = new Application(JACKSON_2)) {
            works(application);
            assertThat(application.hasLoaded("tools.jackson.databind.")).isTrue();
            assertThat(application.hasLoaded(PACKAGE + ".Jackson2Codec")).isFalse();
        }
    }

    @Test
    void jackson_2_is_used_where_both_are() throws Exception {
        try (Application application = new Application(path -> false)) {
            works(application);
            assertThat(application.hasLoaded("com.fasterxml.jackson.databind.")).isTrue();
            assertThat(application.hasLoaded("tools.jackson.")).isFalse();
        }
    }

    @Test
    void jackson_2_without_its_core_is_none() throws Exception {
        try (Application application = new Application(jar("jackson-core-2\\..*"))) {
            works(application);
            assertThat(application.hasLoaded("tools.jackson.databind.")).isTrue();
        }
    }

    @Test
    void the_start_fails_without_jackson_and_names_both_artifacts() throws IOException {
        try (Application application = new Application(JACKSON_2.or(JACKSON_3))) {
            for (int start = 0; start < 2; start++) {
                assertThatExceptionOfType(IllegalStateException.class)
                        .isThrownBy(application::run)
                        .withMessage(
                                "no JSON library was found; the management API needs Jackson 2 or Jackson 3: add"
                                        + " com.fasterxml.jackson.core:jackson-databind or tools.jackson.core:jackson-databind");
            }
        }
    }

    /** Resolves modules as for an application on the module path, whose roots are given. */
    private static ModuleLayer.Controller modules(Predicate<Path> without, String... roots) {
        Path[] path = classPath().filter(without.negate()).toArray(Path[]::new);
        Configuration resolved =
                ModuleLayer.boot().configuration().resolve(ModuleFinder.of(path), ModuleFinder.of(), List.of(roots));
        return ModuleLayer.defineModulesWithOneLoader(
                resolved, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader());
    }

    private static Class<?> open(ModuleLayer.Controller modules, String name) throws ClassNotFoundException {
        Module http = modules.layer().findModule(PACKAGE).orElseThrow();
        modules.addOpens(http, PACKAGE, JsonLibraryTest.class.getModule());
        return Class.forName(PACKAGE + "." + name, true, http.getClassLoader());
    }

    private static void readsAndWrites(ModuleLayer.Controller modules) throws ReflectiveOperationException {
        Class<?> json = open(modules, "Json");
        Method read = json.getDeclaredMethod("readObject", String.class);
        Method text = json.getDeclaredMethod("text", Object.class);
        read.setAccessible(true);
        text.setAccessible(true);
        Optional<?> object = (Optional<?>) read.invoke(null, "{\"a\":[1,null]}");
        assertThat(text.invoke(null, object.orElseThrow())).isEqualTo("{\"a\":[1,null]}");
    }

    @Test
    void an_application_of_modules_gets_jackson_2_without_naming_it() throws Exception {
        ModuleLayer.Controller modules = modules(path -> false, PACKAGE);
        assertThat(modules.layer().findModule("com.fasterxml.jackson.databind")).isPresent();
        assertThat(modules.layer().findModule("tools.jackson.databind")).isEmpty();
        readsAndWrites(modules);
    }

    @Test
    void an_application_of_modules_may_have_both() throws Exception {
        ModuleLayer.Controller modules = modules(path -> false, PACKAGE, "tools.jackson.databind");
        readsAndWrites(modules);
        Constructor<?> jackson3 = open(modules, "Jackson3Codec").getDeclaredConstructor();
        jackson3.setAccessible(true);
        Object codec = jackson3.newInstance();
        Method text = codec.getClass().getMethod("text", Object.class);
        text.setAccessible(true);
        assertThat(text.invoke(codec, Map.of("a", 1))).isEqualTo("{\"a\":1}");
    }

    /** Jackson 2 is a module that the library requires: with an optional one, applications would have to name it. */
    @Test
    void an_application_of_modules_does_not_start_without_jackson_2() {
        assertThatExceptionOfType(FindException.class)
                .isThrownBy(() -> modules(JACKSON_2, PACKAGE, "tools.jackson.databind"))
                .withMessageContaining("com.fasterxml.jackson");
    }
}
