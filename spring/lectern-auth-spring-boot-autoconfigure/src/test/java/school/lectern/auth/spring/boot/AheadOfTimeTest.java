package school.lectern.auth.spring.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.FileSystemGeneratedFiles;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.javapoet.ClassName;

/**
 * Spring can write the beans of the library as code, in each kind of application. A test of the example also starts such an
 * application.
 */
class AheadOfTimeTest {

    @TempDir
    private Path folder;

    @Test
    void beans_with_a_servlet_filter_become_code() throws IOException {
        AnnotationConfigServletWebServerApplicationContext context =
                new AnnotationConfigServletWebServerApplicationContext();
        context.register(LearnerApi.class);
        assertProcessed(context, RunningApp.WITHOUT_SECURITY);
    }

    @Test
    void beans_in_spring_security_become_code() throws IOException {
        AnnotationConfigServletWebServerApplicationContext context =
                new AnnotationConfigServletWebServerApplicationContext();
        context.register(LearnerApi.class);
        assertProcessed(context);
    }

    @Test
    void beans_with_webflux_become_code() throws IOException {
        AnnotationConfigReactiveWebServerApplicationContext context =
                new AnnotationConfigReactiveWebServerApplicationContext();
        context.register(LearnerFluxApi.class);
        assertProcessed(context);
    }

    private void assertProcessed(GenericApplicationContext context, String... properties) throws IOException {
        try (context) {
            TestPropertyValues.of("spring.flyway.enabled=false", "spring.liquibase.enabled=false")
                    .and(properties)
                    .applyTo(context);
            DefaultGenerationContext generated = new DefaultGenerationContext(
                    new ClassNameGenerator(ClassName.get(getClass())), new FileSystemGeneratedFiles(folder));
            new ApplicationContextAotGenerator().processAheadOfTime(context, generated);
            generated.writeGeneratedContent();
        }
        assertCompiled();
    }

    private void assertCompiled() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Path root = folder.resolve("sources");
        // The others are compiled only if these use them: most are of Spring itself.
        try (Stream<Path> files = Files.walk(root.resolve("school"));
                StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, UTF_8)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources)
                    .extracting(file -> file.getFileName().toString())
                    .contains("LecternAuthAutoConfiguration__BeanDefinitions.java");
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-classpath",
                    System.getProperty("java.class.path"),
                    "-sourcepath",
                    root.toString(),
                    "-d",
                    folder.toString());
            assertThat(compiler.getTask(
                                    null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(sources))
                            .call())
                    .isTrue();
        }
    }
}
