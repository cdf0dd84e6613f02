package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.catalina.core.StandardContext;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.security.config.annotation.web.configurers.oauth2.server.resource.OAuth2ResourceServerConfigurer;
import org.springframework.security.web.servletapi.SecurityContextHolderAwareRequestWrapper;
import tools.jackson.databind.json.JsonMapper;

/** A native image contains the resources and the classes that the library finds by name at run time. */
class RuntimeHintsTest {

    private final RuntimeHints hints = new RuntimeHints();

    RuntimeHintsTest() {
        List<RuntimeHintsRegistrar> ours =
                SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                        .load(RuntimeHintsRegistrar.class)
                        .stream()
                        .filter(LecternAuthRuntimeHints.class::isInstance)
                        .toList();
        assertThat(ours).hasSize(1);
        ours.get(0).registerHints(hints, getClass().getClassLoader());
    }

    @Test
    void every_script_of_the_tables_is_a_resource() throws IOException {
        Resource[] scripts = new PathMatchingResourcePatternResolver()
                .getResources("classpath*:school/lectern/auth/jdbc/ddl/**/*.sql");
        List<String> paths = Arrays.stream(scripts)
                .map(RuntimeHintsTest::path)
                .map(path -> path.substring(path.indexOf("school/lectern")))
                .toList();
        assertThat(paths)
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(
                        path -> assertThat(hints).as(path).matches(resource().forResource(path)));
    }

    private static String path(Resource script) {
        try {
            return script.getURL().getPath();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    @Test
    void the_mappings_of_tomcat_can_be_read() throws ReflectiveOperationException {
        assertThat(hints)
                .matches(
                        reflection().onFieldAccess("org.apache.catalina.core.ApplicationFilterRegistration", "context"))
                .matches(reflection().onMethodInvocation(StandardContext.class, "findFilterMaps"))
                .matches(reflection().onMethodInvocation(StandardContext.class, "findFilterDef"))
                .matches(reflection().onMethodInvocation(FilterMap.class, "getDispatcherNames"))
                .matches(reflection().onMethodInvocation(FilterMap.class, "getFilterName"))
                .matches(reflection().onMethodInvocation(FilterDef.class, "getFilter"))
                .matches(reflection().onMethodInvocation(FilterDef.class, "getFilterClass"));
    }

    @Test
    void jackson_and_the_types_of_spring_security_are_found() {
        assertThat(hints)
                .matches(reflection().onType(JsonMapper.class))
                .matches(reflection().onType(SecurityContextHolderAwareRequestWrapper.class))
                .matches(
                        reflection()
                                .onType(
                                        TypeReference.of(
                                                "org.springframework.security.web.servletapi.HttpServlet3RequestFactory$Servlet3SecurityContextHolderAwareRequestWrapper")))
                .matches(reflection().onType(OAuth2ResourceServerConfigurer.class));
    }
}
